"""Log-in by keyboard: wrong and first passwords, growing waits, the lock screen."""

from collections.abc import Sequence

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from app import i18n
from app.i18n import _
from app.ui.background import AtOnce
from app.ui.login import LockScreen, LoginPage, LoginPerson
from core.refusals import Refusal

LI, ZHANG = LoginPerson("li", "李伟", "Technician"), LoginPerson("zhang", "张敏", "Lead", needs_first_password=True)


class Doorkeeper:
    """Answers as told and keeps what it was asked."""

    def __init__(self, people: Sequence[LoginPerson] = (LI, ZHANG)) -> None:
        self.known, self.answer, self.asked = list(people), None, []

    def people(self):
        return self.known

    def _answer(self, *asked):
        self.asked.append(asked)
        if isinstance(self.answer, Exception) and not isinstance(self.answer, Refusal):
            raise self.answer
        return self.answer

    def verify(self, person_id, password):
        return self._answer("verify", person_id, password)

    def set_first_password(self, person_id, password):
        return self._answer("first", person_id, password)


@pytest.fixture
def door():
    return Doorkeeper()


@pytest.fixture
def login(door, qtbot):
    page = LoginPage(door, AtOnce(), "Nanshan")
    qtbot.addWidget(page)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    return page


def test_a_name_is_found_by_typing_its_pinyin(login, door):
    door.known = [
        LoginPerson("na", "李娜", "Technician"),
        LoginPerson("lin", "林丽", "Technician"),
        LoginPerson("zeng", "曾重", "Lead"),
        LoginPerson("bob", "Bob", "Technician"),
    ]

    def typed(keys):
        login.reload()
        for key in keys:
            login.people.keyboardSearch(key)
        return login.people.currentItem().text().split()[0]

    assert typed("zeng") == "曾重"
    assert typed("cc") == "曾重"
    assert typed("t") == "李娜", "重 is read tong too, but a name is found from its beginning"
    assert typed("ln") == "李娜"
    assert typed("ll") == "林丽"
    assert typed("lll") == "李娜", "one letter again and again walks"
    assert typed("bo") == "Bob"


def test_the_right_password_lets_in_by_keyboard_alone(login, door, qtbot):
    QTest.keyClick(login.people, Qt.Key.Key_Return)
    assert login.form.password.hasFocus()
    QTest.keyClicks(login.form.password, "secret")
    with qtbot.waitSignal(login.entered) as entered:
        QTest.keyClick(login.form.password, Qt.Key.Key_Return)
    assert entered.args == ["li"]
    assert door.asked == [("verify", "li", "secret")]
    assert login.form.password.text() == ""


def test_a_wrong_password_is_told_at_the_field_in_the_language_of_now(login, door):
    door.answer = Refusal("login_wrong")
    QTest.keyClicks(login.form.password, "wrong")
    login.form.submit()
    assert login.form.trouble == "The name or the password is not right."
    i18n.set_language("zh_CN")
    from app.ui import live

    live.retranslate(login)
    assert "密码" in login.form.trouble
    assert login.form.password.text() == ""
    assert login.form.password.isEnabled()


def test_a_wait_counts_down_and_then_opens_the_field(login, door, qtbot):
    door.answer = Refusal("login_wait", seconds=1.2)
    QTest.keyClicks(login.form.password, "wrong")
    login.form.submit()
    assert login.form.trouble == "Too many wrong passwords. Try again in 2 s."
    assert not login.form.button.isEnabled()
    login.form.submit()
    assert len(door.asked) == 1
    qtbot.waitUntil(lambda: login.form.trouble.endswith("1 s."), timeout=5000)
    qtbot.waitUntil(login.form.button.isEnabled, timeout=5000)
    assert login.form.trouble == ""


def test_the_first_password_is_set_twice_and_long_enough(login, door, qtbot):
    QTest.keyClick(login.people, Qt.Key.Key_Down)
    form = login.form
    QTest.keyClicks(form.password, "short")
    QTest.keyClick(form.password, Qt.Key.Key_Return)
    assert form.again.hasFocus()
    form.submit()
    assert "8" in form.trouble
    form.password.setText("long enough")
    form.again.setText("long enougH")
    form.submit()
    assert form.trouble == "The two passwords are not the same."
    form.again.setText("long enough")
    with qtbot.waitSignal(login.entered):
        form.submit()
    assert door.asked == [("first", "zhang", "long enough")]


def test_nothing_typed_for_one_person_stays_for_another(login):
    QTest.keyClicks(login.form.password, "secret")
    login.people.setCurrentRow(1)
    assert login.form.password.text() == ""
    assert login.form.again.isVisible()


def test_a_fault_is_told_and_leaves_the_way_open(login, door, caplog):
    door.answer = OSError("disk")
    QTest.keyClicks(login.form.password, "secret")
    login.form.submit()
    assert "fault" in login.form.trouble
    assert login.form.button.isEnabled()
    assert "disk" in caplog.text


def test_an_empty_place_says_how_people_get_there(door, qtbot):
    door.known = []
    page = LoginPage(door, AtOnce())
    qtbot.addWidget(page)
    page.show()
    assert not page.form.isVisible()
    door.known = [LI]
    page.reload()
    assert page.form.isVisible()


def test_the_lock_opens_for_its_person_or_hands_over(door, qtbot):
    lock = LockScreen(door, AtOnce(), LI)
    qtbot.addWidget(lock)
    with qtbot.waitActive(lock):
        lock.show()
        lock.activateWindow()
    QTest.keyClicks(lock.form.password, "secret")
    with qtbot.waitSignal(lock.entered) as entered:
        QTest.keyClick(lock.form.password, Qt.Key.Key_Return)
    assert entered.args == ["li"]
    link = next(w for w in lock.findChildren(QPushButton) if w.property("link"))
    with qtbot.waitSignal(lock.change_asked):
        QTest.mouseClick(link, Qt.MouseButton.LeftButton)


def test_what_is_still_to_send_is_told_before_anybody_logs_in(login):
    login.tell(lambda: _("Not sent yet"))
    texts = [label.text() for label in login.findChildren(QLabel)]
    assert any(text.startswith("Not sent yet") for text in texts)
