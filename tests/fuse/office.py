#!/usr/bin/python3
"""office.py PIPES DIR answers-NAME|edit|killed|read: two running LibreOffices ("PIPES-ann" and "PIPES-bob", each with a profile
of its own) work on documents in DIR. `answers-NAME` waits until that one does. `edit` leaves one open at ann with a change that
is not saved; `killed` is for when ann's process is gone; `read` has bob read all that edit wrote. Prints "ok - ..." and "not ok - ..."; exits 1 if any failed.
/usr/bin/python3, whatever PATH says: the module uno is there only. All documents are hidden: a window's blinking cursor kills
LibreOffice 7.4 where there is no screen."""
import fcntl
import os
import sys
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

pipes, top, phase = sys.argv[1:]
FILTERS = {'odt': 'writer8', 'docx': 'MS Word 2007 XML', 'ods': 'calc8', 'xlsx': 'Calc MS Excel 2007 XML', 'csv': 'Text - txt - csv (StarCalc)'}
REPORT, COPY, SHEET = 'report é 1.odt', 'copy of report.odt', 'numbers.ods'
ROWS = 2000
failed = False


def check(what, fn, *args):
    global failed
    try:
        fn(*args)
        print(f'ok - {what}', flush=True)
    except Exception as e:  # the reason is the test's answer
        failed = True
        print(f'not ok - {what}: {type(e).__name__} {str(e)[:300]}', flush=True)


def same(got, want):
    assert got == want, f'{got!r}, not {want!r}'


def path(name):
    return os.path.join(top, name)


def lock_name(name):
    return f'.~lock.{name}#'


def around(name):
    """What is there of that document: itself, its lock file, and nothing temporary."""
    return sorted(n for n in os.listdir(top) if name.rsplit('.', 1)[0] in n or n.endswith(('.tmp', '.TMP')) or n.startswith('lu'))


def properties(**values):
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


class Office:
    def __init__(self, name, seconds=10):
        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext('com.sun.star.bridge.UnoUrlResolver', context)
        end = time.monotonic() + seconds
        while True:
            try:
                there = resolver.resolve(f'uno:pipe,name={pipes}-{name};urp;StarOffice.ComponentContext')
                break
            except NoConnectException:
                if time.monotonic() > end:
                    sys.exit(f'not ok - LibreOffice of {name} does not answer after {seconds} s')
                time.sleep(0.1)
        self.desktop = there.ServiceManager.createInstanceWithContext('com.sun.star.frame.Desktop', there)

    def load(self, url, **how):
        document = self.desktop.loadComponentFromURL(url, '_blank', 0, properties(Hidden=True, **how))
        assert document is not None, f'{url} cannot be opened'
        return document

    def new(self, kind):
        return self.load('private:factory/' + kind)

    def open(self, name, **how):
        return self.load(uno.systemPathToFileUrl(path(name)), **how)

    def has_text(self, name, text, **how):
        document = self.open(name, **how)
        got = document.Text.getString(), document.isReadonly()
        document.close(True)
        same(got, (text, bool(how)))

    def only_reads(self, name, text):
        """Somebody else has it: not to be written (LibreOffice would ask; with nobody to ask it refuses, or opens it
        read-only), but to be read."""
        try:
            document = self.open(name)
        except AssertionError:
            pass
        else:
            assert document.isReadonly(), 'it may be written'
            document.close(True)
        self.has_text(name, text, ReadOnly=True)


def save_as(document, name, export=False):
    """export: a copy in another format, the document stays where it is."""
    (document.storeToURL if export else document.storeAsURL)(
        uno.systemPathToFileUrl(path(name)), properties(FilterName=FILTERS[name.rsplit('.', 1)[1]]))


def edit_text(ann, bob):
    report = ann.new('swriter')

    def save_new():
        report.Text.setString('first words: é ü 漢')
        save_as(report, REPORT)
        same(around('report'), [lock_name(REPORT), REPORT])

    def save_again():
        before = os.stat(path(REPORT)).st_ino
        report.Text.setString('second words')
        report.store()
        same(around('report'), [lock_name(REPORT), REPORT])
        assert os.stat(path(REPORT)).st_ino != before, 'written in place, not by rename'

    def lock_file():
        with open(path(lock_name(REPORT)), encoding='utf-8') as f:
            text = f.read()
        assert '/device-ann/' in text and text.endswith(';'), text

    def locked():
        with open(path(REPORT), 'r+b') as f:
            try:
                fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        raise AssertionError('this process got the lock too')

    def move():
        save_as(report, COPY)
        same(around('report'), sorted([lock_name(COPY), COPY, REPORT]))
        report.Text.setString('words of the copy')
        report.store()
        bob.has_text(REPORT, 'second words')

    check('a new text is saved; its lock file is there', save_new)
    check('saved again: by rename, with nothing left over', save_again)
    check('the lock file says whose it is', lock_file)
    check('the document is locked for other processes', locked)
    check('the other LibreOffice gets it read-only, as last saved', bob.only_reads, REPORT, 'second words')
    check('saved under another name: the lock file goes along', move)
    check('saved as docx beside it', save_as, report, 'report.docx', True)
    report.close(True)
    check('closed: no lock file', lambda: same(around('report'), sorted([COPY, REPORT, 'report.docx'])))


def hand_over(ann, bob):
    his = bob.open(REPORT)
    same((his.Text.getString(), his.isReadonly()), ('second words', False))
    ann.only_reads(REPORT, 'second words')
    his.Text.setString("bob's words")
    his.store()
    his.close(True)
    ann.has_text(REPORT, "bob's words")


def numbers(document):
    sheet = document.Sheets.getByIndex(0)
    return sheet.getCellByPosition(2, 0).Value, sheet.getCellByPosition(1, ROWS - 1).String


def edit_sheet(ann, bob):
    document = ann.new('scalc')
    sheet = document.Sheets.getByIndex(0)
    sheet.getCellRangeByPosition(0, 0, 1, ROWS - 1).setDataArray(tuple((float(n), f'row {n} ü') for n in range(ROWS)))
    sheet.getCellByPosition(2, 0).setFormula(f'=SUM(A1:A{ROWS})')
    check('a sheet is saved', save_as, document, SHEET)
    for kind in ('xlsx', 'csv'):
        check(f'and as {kind}', save_as, document, 'numbers.' + kind, True)
    document.close(True)
    check('closed: no lock file of the sheet', lambda: same(around('numbers'), ['numbers.csv', SHEET, 'numbers.xlsx']))


def edit(ann, bob):
    edit_text(ann, bob)
    check('one opens, changes and saves what the other wrote, and back', hand_over, ann, bob)
    edit_sheet(ann, bob)
    unsaved = ann.open(COPY)
    unsaved.Text.setString('never saved')


def killed(bob):
    check('killed while it edits: the document is as last saved; the lock file stays', lambda: (
        bob.only_reads(COPY, 'words of the copy'), same(around('copy'), [lock_name(COPY), COPY])))
    os.unlink(path(lock_name(COPY)))
    check('without the lock file it can be written again', bob.has_text, COPY, 'words of the copy')


def read(bob):
    for name, text in {REPORT: "bob's words", COPY: 'words of the copy', 'report.docx': 'words of the copy',
                       'converted/copy of report.docx': 'words of the copy', 'converted/report.odt': 'words of the copy'}.items():
        check(f'{name} is read with its words', bob.has_text, name, text)
    for name in (SHEET, 'numbers.xlsx', 'converted/numbers.ods'):
        def sheet():
            document = bob.open(name)
            same(numbers(document), (ROWS * (ROWS - 1) / 2, f'row {ROWS - 1} ü'))
            document.close(True)
        check(f'{name} is read with its numbers', sheet)
    try:
        bob.desktop.terminate()
    except Exception:  # it may be gone before it answers
        pass


if phase.startswith('answers-'):
    Office(phase.partition('-')[2], 90)  # it has just been started
elif phase == 'edit':
    edit(Office('ann'), Office('bob'))
else:
    {'killed': killed, 'read': read}[phase](Office('bob'))
# Not through the interpreter's end: while the library is torn down there, the thread of the connection still runs in it, and now
# and then (4 of 150) the process dies of SIGSEGV in typelib_typedescription_release(). All is said and written by now.
os._exit(failed)
