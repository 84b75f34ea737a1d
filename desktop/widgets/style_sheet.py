"""The small style sheet for Qt's own controls, written from the tokens."""

from string import Template

from desktop.widgets.colours import mixed
from desktop.widgets.tokens import RADIUS, RESOURCES, SPACE, TYPE, Tokens

_SHEET = Template("""
QToolTip { background: $tip; color: $tip_text; border: 1px solid $tip; padding: 6px 8px; }
QLabel { background: transparent; }
QLabel[role="display"] { font-size: ${display}px; font-weight: 600; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="muted"] { color: $text_muted; }
QLabel[role="caption"] { color: $text_muted; font-size: ${small}px; }
QLabel[role="error"] { color: $danger_soft_text; }
QLabel[role="success"] { color: $success_soft_text; }
QFrame[role="card"] { background: $raised; border: 1px solid $line; border-radius: ${l}px; }
QFrame[role="bar"] { background: $surface; border: none; border-bottom: 1px solid $line; }
QFrame[role="line"] { background: $surface; border: 1px solid $line; border-radius: ${m}px; }
QFrame[role="ground"] { background: $canvas; border: none; }
QWidget[role="masquerade"] { background: $masquerade; }
QLabel[role="masquerade-strong"] { color: $masquerade_text; font-size: ${title}px; font-weight: 600; }
QLabel[role="masquerade"] { color: $masquerade_text; }
QPushButton[kind="masquerade"] { background: $masquerade_text; color: $masquerade; border: 2px solid $masquerade_text;
    font-weight: 600; padding: 5px 16px; }
QPushButton[kind="masquerade"]:focus { background: $masquerade; color: $masquerade_text; padding: 5px 16px;
    border: 2px solid $masquerade_text; }
QPushButton[kind="masquerade"]:disabled { background: transparent; color: $masquerade_text; }
QFrame[role="side"] { background: $surface; border: none; border-left: 1px solid $line; }
QFrame[role="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }

QPushButton { background: $surface; color: $text; border: 1px solid $control_line; border-radius: ${m}px;
              padding: 6px 13px; font-weight: 500; min-height: 18px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $pressed; }
QPushButton:focus { border: 2px solid $focus; padding: 5px 12px; outline: none; }
QPushButton:disabled { color: $text_faint; background: $sunken; border-color: $line; }
QPushButton[kind="primary"] { background: $accent; color: $accent_text; border-color: $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:pressed { background: $accent_pressed; border-color: $accent_pressed; }
QPushButton[kind="primary"]:focus { border: 2px solid $focus_on_accent; }
QPushButton[kind="primary"]:disabled { background: $pressed; color: $text_faint; border-color: $pressed; }
QPushButton[kind="danger"] { background: $danger; color: $danger_text; border-color: $danger; }
QPushButton[kind="danger"]:hover { background: $danger_hover; border-color: $danger_hover; }
QPushButton[kind="danger"]:disabled { background: $pressed; color: $text_faint; border-color: $pressed; }
QPushButton[kind="danger"]:focus { border: 2px solid $focus_on_accent; }
QPushButton[kind="quiet"] { background: transparent; border-color: transparent; color: $text_muted; }
QPushButton[kind="quiet"]:hover { background: $hover; color: $text; }
QPushButton[kind="quiet"]:pressed, QPushButton[kind="quiet"]:checked { background: $pressed; color: $text; }
QPushButton[kind="quiet"]:focus { border-color: $focus; }
QPushButton[kind="link"] { background: transparent; border-color: transparent; color: $accent_soft_text;
    padding: 6px 6px; }
QPushButton[kind="link"]:hover { background: $accent_soft; }
QPushButton[kind="link"]:focus { border-color: $focus; padding: 5px 5px; }
QPushButton[kind="link"]:disabled { background: transparent; border-color: transparent; color: $text_faint; }

QPushButton[kind="on-tip"] { background: transparent; border: 2px solid transparent; color: $tip_text; font-weight: 600;
    padding: 5px 10px; text-decoration: underline; }
QPushButton[kind="on-tip"]:hover, QToolButton[kind="on-tip"]:hover { background: $tip_hover; }
QPushButton[kind="on-tip"]:focus, QToolButton[kind="on-tip"]:focus { border-color: $tip_text; }
QFrame[inset="true"] { border: none; border-radius: ${m}px; }
QFrame[role="nav"] { background: $surface; border: none; border-right: 1px solid $line; }
QFrame[role="well"] { background: $sunken; border: 1px solid $line; border-radius: ${m}px; }
QFrame[role="footer"] { background: $surface; border: none; border-top: 1px solid $line; }
QFrame[role="good"] { background: $success_soft; border: none; border-radius: ${m}px; }
QFrame[role="bad"] { background: $danger_soft; border: none; border-radius: ${m}px; }
QFrame[role="good"] QLabel { color: $success_soft_text; }
QFrame[role="bad"] QLabel { color: $danger_soft_text; }
QLabel[role="badge"] { background: $danger; color: $danger_text; border-radius: 9px; padding: 1px 6px;
    font-size: ${caption}px; font-weight: 600; }
QLabel[role="chip"] { background: $accent_soft; color: $accent_soft_text; border-radius: ${s}px; padding: 2px 8px;
    font-size: ${small}px; font-weight: 600; }
QLabel[role="avatar"] { background: $accent_soft; color: $accent_soft_text; border-radius: 15px; font-weight: 600; }
QPushButton[kind="nav"] { background: transparent; border: 2px solid transparent; color: $text_muted; text-align: left;
    padding: 6px 9px; }
QPushButton[kind="nav"]:disabled { color: $text_faint; border-color: transparent; background: transparent; }
QPushButton[kind="nav"]:hover { background: $hover; color: $text; }
QPushButton[kind="nav"][current="true"] { background: $accent_soft; color: $accent_soft_text; font-weight: 600; }
QPushButton[kind="nav"]:focus { border-color: $focus; padding: 6px 9px; }
QPushButton[kind="slot"] { background: $surface; border: 1px solid $control_line; text-align: left; padding: 8px 12px; }
QPushButton[kind="slot"]:hover { background: $accent_soft; border-color: $accent; }
QPushButton[kind="slot"]:focus { border: 2px solid $focus; padding: 7px 11px; }
QPushButton[kind="segment"] { padding: 4px 14px; border-radius: 0px; margin-right: -1px; color: $text_muted; }
QPushButton[kind="segment"][end="left"] { border-top-left-radius: ${m}px; border-bottom-left-radius: ${m}px; }
QPushButton[kind="segment"][end="right"] { border-top-right-radius: ${m}px; border-bottom-right-radius: ${m}px;
    margin-right: 0px; }
QPushButton[kind="segment"]:checked { background: $accent_soft; color: $accent_soft_text; border-color: $accent;
    font-weight: 600; }
QPushButton[kind="segment"]:focus { border: 2px solid $focus; padding: 3px 13px; }
QPushButton[kind="day"] { background: transparent; border: 2px solid transparent; font-size: ${title}px;
    font-weight: 600; padding: 4px 8px; }
QPushButton[kind="day"]:hover { background: $hover; }
QPushButton[kind="day"]:focus { border-color: $focus; padding: 4px 8px; }
QFrame[role="popup"] { background: $raised; border: 1px solid $line_strong; border-radius: ${l}px; }
QFrame[banner="accent"] { background: $accent_soft; border: none; border-bottom: 1px solid $line; }
QFrame[banner="success"] { background: $success_soft; border: none; border-bottom: 1px solid $line; }
QFrame[banner="warning"] { background: $warning_soft; border: none; border-bottom: 1px solid $line; }
QFrame[banner="danger"] { background: $danger_soft; border: none; border-bottom: 1px solid $line; }

QToolButton { background: transparent; border: 2px solid transparent; border-radius: ${m}px; padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $pressed; }
QToolButton:focus { border-color: $focus; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit, QDateTimeEdit, QComboBox {
    background: $surface; color: $text; border: 1px solid $control_line; border-radius: ${m}px; padding: 6px 9px;
    selection-background-color: $accent; selection-color: $accent_text; min-height: 18px; }
QLineEdit:hover, QPlainTextEdit:hover, QTextEdit:hover, QComboBox:hover, QSpinBox:hover, QDateEdit:hover {
    border-color: $line_strong; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QDateEdit:focus,
QTimeEdit:focus, QDateTimeEdit:focus, QComboBox:focus { border: 2px solid $focus; padding: 5px 8px; }
QSpinBox, QDoubleSpinBox, QDateEdit, QTimeEdit, QDateTimeEdit { max-height: ${text_line}px; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled,
QDateEdit:disabled, QTimeEdit:disabled, QDateTimeEdit:disabled {
    background: $sunken; color: $text_faint; }
QLineEdit[invalid="true"], QComboBox[invalid="true"] { border: 2px solid $danger; padding: 5px 8px; }
QComboBox::drop-down, QDateEdit::drop-down, QDateTimeEdit::drop-down { border: none; width: 26px; }
QComboBox QLineEdit, QComboBox QLineEdit:focus { background: transparent; border: none; padding: 0; min-height: 0; }
QComboBox::down-arrow, QDateEdit::down-arrow, QDateTimeEdit::down-arrow {
    image: url("$down"); width: 14px; height: 14px; }
QComboBox::down-arrow:disabled, QDateEdit::down-arrow:disabled, QDateTimeEdit::down-arrow:disabled {
    image: url("$down_faint"); }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line_strong; border-radius: ${m}px; padding: 4px;
    outline: none; selection-background-color: $accent_soft; selection-color: $text; }
QSpinBox::up-button, QSpinBox::down-button, QTimeEdit::up-button, QTimeEdit::down-button { border: none; width: 18px; }
QSpinBox::up-arrow, QTimeEdit::up-arrow { image: url("$up"); width: 12px; height: 12px; }
QSpinBox::down-arrow, QTimeEdit::down-arrow { image: url("$down"); width: 12px; height: 12px; }
QSpinBox::up-arrow:disabled, QTimeEdit::up-arrow:disabled { image: url("$up_faint"); }
QSpinBox::down-arrow:disabled, QTimeEdit::down-arrow:disabled { image: url("$down_faint"); }
QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $text_faint; border-radius: ${s}px;
    background: $surface; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QCheckBox::indicator:focus { border: 2px solid $focus; width: 14px; height: 14px; }
QCheckBox::indicator:disabled { background: $sunken; border-color: $line; }

QListView, QTreeView, QTableView { background: $surface; border: 1px solid $line; border-radius: ${m}px; outline: none;
    alternate-background-color: $sunken; gridline-color: $line; }
QListView::item, QTreeView::item { padding: 6px 8px; border-radius: ${s}px; color: $text; }
QListView::item:hover, QTreeView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
    background: $accent_soft; color: $text; }
QListView::indicator { width: 14px; height: 14px; border: 1px solid $text_faint; border-radius: ${s}px;
    background: $surface; }
QListView::indicator:checked { background: $accent; border-color: $accent; image: url("$tick"); }
QListView[role="bare"], QTableView[role="bare"] { background: transparent; border: none; }
QTableView::item { padding-left: 5px; }
QHeaderView { background: $surface; }
QTableView[role="bare"] QHeaderView, QTableView[role="bare"] QHeaderView::section { background: transparent; }
QHeaderView::section { background: $surface; color: $text_muted; border: none; border-bottom: 1px solid $line;
    padding: 6px 8px; font-weight: 500; }

QMenuBar { background: $surface; border-bottom: 1px solid $line; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: ${s}px; color: $text_muted; }
QMenuBar::item:selected { background: $hover; color: $text; }
QMenu { background: $raised; border: 1px solid $line_strong; border-radius: ${m}px; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: ${s}px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $text_faint; }
QMenu::separator { height: 1px; background: $line; margin: 5px 6px; }
QMenu::icon { padding-left: 8px; }

QTabBar::tab { background: transparent; color: $text_muted; padding: 8px 12px; border: none;
    border-bottom: 2px solid transparent; font-weight: 500; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $text; border-bottom-color: $focus; background: $hover; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }

QStatusBar { background: $surface; border-top: 1px solid $line; }
QStatusBar::item { border: none; }
QSplitter::handle { background: $line; }
QScrollArea { background: transparent; border: none; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QProgressBar { background: $pressed; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: $line_strong; border-radius: 3px; margin: 3px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: $text_faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def style_sheet(t: Tokens, scale: float) -> str:
    """The sheet for one theme; type sizes are multiplied with `scale`."""
    # Three looks of the same arrow stand in the resources: a style sheet cannot tint a picture.
    shade = "dark" if t.name == "light" else "light"
    return _SHEET.substitute(
        t.colours(),
        display=round(TYPE.display * scale), heading=round(TYPE.heading * scale), title=round(TYPE.title * scale),
        small=round(TYPE.small * scale), caption=round(TYPE.caption * scale), s=RADIUS.s, m=RADIUS.m, l=RADIUS.l,
        gap=SPACE.s, text_line=round(18 * scale),
        focus_on_accent=t.text,
        tip_hover=mixed(t.tip_text, t.tip, 0.16),
        tick=(RESOURCES / "icons" / f"control-check-{'dark' if t.name == 'high_contrast' else 'light'}.svg").as_posix(),
        down=(RESOURCES / "icons" / f"control-down-{shade}.svg").as_posix(),
        up=(RESOURCES / "icons" / f"control-up-{shade}.svg").as_posix(),
        down_faint=(RESOURCES / "icons" / "control-down-faint.svg").as_posix(),
        up_faint=(RESOURCES / "icons" / "control-up-faint.svg").as_posix(),
    )  # fmt: skip
