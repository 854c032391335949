"""qr_lines.py FILE.pbm: the QR code within what a terminal was shown (standard input, half blocks), as a picture for zbarimg. Its
quiet zone is drawn there, too, so the picture is as it was shown. Fails where there is none, or its lines are of unlike length."""
import re, sys

LIGHT = {'█': (1, 1), '▀': (1, 0), '▄': (0, 1), ' ': (0, 0)}
SCALE = 6
lines = re.findall('\x1b\\[40;37;1m([█▀▄ ]+)\x1b\\[0m', sys.stdin.read())
assert lines and len({len(line) for line in lines}) == 1, lines
rows = []
for line in lines:
    for half in 0, 1:
        bits = ''.join(str(1 - LIGHT[c][half]) * SCALE for c in line)
        rows += [bits] * SCALE
with open(sys.argv[1], 'w') as f:
    f.write('P1\n%d %d\n%s\n' % (len(rows[0]), len(rows), '\n'.join(rows)))
