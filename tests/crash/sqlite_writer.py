"""Transactions of some rows for ever: sqlite_writer.py DATABASE JOURNAL-MODE DONE (sqlite.sh says what it is for)."""
import os, random, sqlite3, sys
db, mode, done = sys.argv[1:4]
out = os.open(done, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
c = sqlite3.connect(db, isolation_level=None, timeout=30)
c.execute(f'PRAGMA journal_mode={mode}'); c.execute('PRAGMA synchronous=FULL'); c.execute('PRAGMA cache_size=20')
n = c.execute('SELECT max(n) FROM log').fetchone()[0] or 0
while True:
    n += 1
    c.execute('BEGIN IMMEDIATE')
    a, b, v = random.randrange(100), random.randrange(100), random.randrange(50)
    c.execute('UPDATE account SET v = v - ? WHERE id = ?', (v, a))
    c.execute('UPDATE account SET v = v + ? WHERE id = ?', (v, b))
    c.execute('INSERT INTO log VALUES(?, ?)', (n, os.urandom(random.randrange(6000))))
    if n % 7 == 0: c.execute('DELETE FROM log WHERE n < ?', (n - 200,))
    c.execute('COMMIT')
    if mode == 'delete':
        d = os.open(os.path.dirname(db), os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(d)
        os.close(d)
    os.write(out, b'%d\n' % n)
