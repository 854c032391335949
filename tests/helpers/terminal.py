"""A command on a terminal of its own: terminal.py ANSWERS... -- COMMAND...: waits for each prompt before typing; but "LATER:text" is
typed 0.3 s after the answer before, while nothing is asked, and "EOF" is the end of what is typed, ^D."""
import os, pty, re, select, sys, time
cut = sys.argv.index('--')
answers, command = sys.argv[1:cut], sys.argv[cut + 1:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
seen = b''
at = 0
end = time.time() + 60
while time.time() < end:
    if select.select([fd], [], [], 0.2)[0]:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        seen += data
    if answers and answers[0].startswith('LATER:') and at:
        time.sleep(0.3)
        os.write(fd, answers.pop(0)[len('LATER:'):].encode() + b'\n')
    if answers and seen[at:].endswith(b': '):
        a = answers.pop(0)
        prompt = seen[at:].split(b'\n')[-1].decode()
        if a == 'GROUP':
            n = int(re.search(r'group (\d+)', prompt).group(1))
            key = re.search(rb'\n    (\S[^\r\n]*)', seen).group(1).decode()
            a = re.split('[- ]+', key)[n - 1].lower()
        at = len(seen)
        os.write(fd, b'\4' if a == 'EOF' else a.encode() + b'\n')
sys.stdout.write(seen.decode(errors='replace'))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
