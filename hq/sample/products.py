"""The sample's products: 60 models in six classes, their 400 parts, and which part fits which model."""

from typing import NamedTuple

from core.identifiers import SerialPattern, gtin_check_digit
from core.rows.reference import Model, ModelPart, Part
from core.warranty import Policy
from hq.sample.documents import CLASSES, part_class_names

BRAND = "Konwell"


class Line(NamedTuple):
    """One product class: its short name in part numbers, its models and prices (yuan), and its part classes."""

    short: str
    models: tuple[str, ...]
    noun_zh: str
    noun_en: str
    least_yuan: int
    step_yuan: int
    parts: tuple[tuple[str, int], ...]  # part class, price in yuan


LINES: dict[str, Line] = {
    "tv_lcd": Line(
        "TV",
        (
            "LED55K35U", "LED65K50U", "MLED75M80Q", "OLED65S90U", "LED43K20F",
            "LED50K35U", "LED32E10H", "LED75K60U", "MLED65M70Q", "LED55E20U",
        ),
        "智能电视", "smart TV", 1299, 820,
        (
            ("main_board", 420), ("panel", 1680), ("backlight", 260), ("logic_board", 180), ("tuner", 95),
            ("power_board", 230), ("speaker", 60), ("remote", 45), ("ir_board", 30), ("wifi_module", 55),
            ("cable", 25), ("stand", 90), ("rear_cover", 160),
        ),
    ),
    "refrigerator": Line(
        "RF",
        (
            "BCD-502WK5", "BCD-218TD2", "BCD-630WP7", "BCD-450WK3", "BCD-320TD4",
            "BCD-260TD3", "BCD-548WP6", "BCD-176TD1", "BCD-410WK4", "BCD-580WP8",
        ),
        "电冰箱", "refrigerator", 1199, 460,
        (
            ("compressor", 560), ("thermostat", 85), ("temp_sensor", 28), ("fan_motor", 110), ("evaporator", 240),
            ("condenser", 210), ("solenoid_valve", 120), ("filter_drier", 22), ("capillary", 18),
            ("control_board", 260), ("door_seal", 95), ("start_relay", 35), ("defrost_heater", 70),
        ),
    ),
    "washing_machine": Line(
        "WM",
        (
            "XQG100-K12D", "XQG80-K10D", "XQB90-T20S", "XQG100-K15D", "XQB80-T18S",
            "XQG90-K11D", "XQB100-T25S", "XQG80-K08D", "XQB70-T15S", "XQG100-K18D",
        ),
        "洗衣机", "washing machine", 999, 330,
        (
            ("motor", 320), ("timer", 90), ("program_control", 280), ("capacitor", 35), ("drain_pump", 75),
            ("inlet_valve", 55), ("door_lock", 68), ("belt", 32), ("bearing", 60), ("heater", 88), ("hose", 20),
            ("door_seal", 110), ("drum", 380),
        ),
    ),
    "air_conditioner": Line(
        "AC",
        (
            "KFR-35GW/K3A1", "KFR-26GW/E1A3", "KFR-72LW/K5A1", "KFR-35GW/E2A1", "KFR-50LW/K4A2",
            "KFR-26GW/K3A2", "KFR-72LW/P8A1", "KFR-32GW/E1A2", "KFR-51LW/K6A1", "KFR-35GW/P7A1",
        ),
        "空调器", "air conditioner", 2199, 610,
        (
            ("compressor", 680), ("fan_motor", 190), ("thermostat", 70), ("four_way_valve", 150),
            ("control_board", 340), ("capacitor", 40), ("temp_sensor", 26), ("swing_motor", 48), ("remote", 45),
            ("expansion_valve", 170), ("condenser", 420), ("evaporator", 360), ("pipe", 130),
        ),
    ),
    "phone": Line(
        "PH",
        (
            "KP-P30A", "KP-P50X", "KP-N10E", "KP-P40A", "KP-N20E",
            "KP-S10X", "KP-P60X", "KP-N12E", "KP-S20X", "KP-P35A",
        ),
        "手机", "phone", 999, 540,
        (
            ("battery", 89), ("charger", 59), ("headset", 35), ("display_assembly", 480), ("main_board", 690),
            ("camera", 220), ("usb_port", 45), ("speaker", 30), ("microphone", 22), ("rear_cover", 80),
            ("button", 18), ("antenna", 24), ("housing", 65),
        ),
    ),
    "computer": Line(
        "PC",
        (
            "KB14-G7", "KB16-X9", "KB27-A5", "KB13-G5", "KB15-G6",
            "KB16-X7", "KB24-A3", "KB14-G8", "KB15-E2", "KB17-X8",
        ),
        "电脑", "computer", 3299, 690,
        (
            ("main_board", 980), ("cpu", 1250), ("memory", 280), ("display", 620), ("disk", 390), ("keyboard", 130),
            ("power_adapter", 160), ("battery", 260), ("fan", 75), ("hinge", 48), ("touchpad", 95), ("camera", 58),
            ("cable", 26),
        ),
    ),
}  # fmt: skip

_PARTS = 400
#: Part classes that are not serialised, and need not come back when cheap.
_PLAIN = frozenset(
    {"remote", "cable", "hose", "belt", "button", "capillary", "filter_drier", "headset", "pipe", "stand"}
)
_SUPPLIERS = ("华成电子", "美联精工", "东泰科技", "永丰电器配件")


def models(patterns: list[SerialPattern]) -> list[Model]:
    """The 60 models; the serial prefix comes from the maker's pattern."""
    found = []
    for name in CLASSES:
        line = LINES[name]
        pattern = next(pattern for pattern in patterns if pattern.product_class == name)
        for index, model in enumerate(line.models):
            body = f"6930012{CLASSES.index(name) + 1}{index:04d}"
            found.append(
                Model(
                    id=model,
                    brand=BRAND,
                    product_class=name,
                    name_zh=f"康威 {model} {line.noun_zh}",
                    name_en=f"{BRAND} {model} {line.noun_en}",
                    gtin="0" + body + gtin_check_digit(body),
                    serial_prefix=pattern.prefix_of(model) or "",
                    price_fen=(line.least_yuan + index * line.step_yuan) * 100,
                    tier=1 + index % 3,
                )
            )
    return found


def parts(policies: list[Policy]) -> tuple[list[Part], list[ModelPart]]:
    """The 400 parts and what fits what: every model takes one variant of each part class of its line."""
    names = part_class_names()
    main = {(policy.product_class, part.part_class) for policy in policies for part in policy.main_parts}
    classes = [(line, name, price) for line in CLASSES for name, price in LINES[line].parts]
    found: list[Part] = []
    fitting: list[ModelPart] = []
    for index, (line, name, price) in enumerate(classes):
        variants = _PARTS // len(classes) + (index < _PARTS % len(classes))
        made = [_part(line, name, price, number, (line, name) in main, names[name]) for number in range(variants)]
        found += made
        fitting += [
            ModelPart(id=f"{model}:{made[at % variants].id}", model_id=model, part_id=made[at % variants].id)
            for at, model in enumerate(LINES[line].models)
        ]
    return found, fitting


def _part(line: str, name: str, price: int, number: int, main: bool, names: tuple[str, str]) -> Part:
    fen = (price + price * number // 12) * 100
    short = LINES[line].short
    number_text = f"{short}{number + 1:02d}"
    code = "".join(word[0] for word in name.split("_")).upper() if "_" in name else name[:3].upper()
    sequence = [part_class for part_class, _ in LINES[line].parts].index(name) + 1
    return Part(
        id=f"{short}-{code}-{sequence:02d}{number + 1:02d}",
        name_zh=f"{names[0]} {number_text}",
        name_en=f"{names[1]} {number_text}",
        part_class=name,
        main_part=main,
        price_fen=fen,
        transfer_fen=fen * 6 // 10,
        serialised=name not in _PLAIN,
        return_days=0 if name in _PLAIN and price < 30 else 30 if price < 300 else 15,
        supplier=_SUPPLIERS[(sequence + number) % len(_SUPPLIERS)],
    )
