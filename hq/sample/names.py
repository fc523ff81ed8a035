"""Chinese names, streets and complaints for the sample; invented, with telephone numbers nobody has."""

from typing import NamedTuple

from hq.sample.dice import Dice


class City(NamedTuple):
    """A branch: its code, name and region, and the districts where its stations are."""

    code: str
    name: str
    region: str
    districts: tuple[str, ...]
    streets: tuple[str, ...]
    #: the city's middle, in millionths of a degree; its districts lie around it
    lat_e6: int = 0
    lon_e6: int = 0


CITIES: tuple[City, ...] = (
    City(
        "SZ", "深圳", "广东",
        ("南山", "福田", "龙岗", "宝安", "罗湖", "龙华", "盐田", "光明"),
        ("科苑路", "深南大道", "创业路", "海德一道", "滨河大道"),
        22_560_000, 114_020_000,
    ),
    City(
        "GZ", "广州", "广东",
        ("天河", "越秀", "番禺", "白云", "海珠", "黄埔", "荔湾", "花都"),
        ("体育西路", "中山大道", "东风中路", "江南大道", "黄埔大道"),
        23_130_000, 113_290_000,
    ),
    City(
        "CD", "成都", "四川",
        ("武侯", "锦江", "青羊", "金牛", "成华", "双流", "温江", "郫都"),
        ("人民南路", "天府大道", "建设路", "蜀都大道", "一环路"),
        30_660_000, 104_060_000,
    ),
)  # fmt: skip

#: Family names with their reading: log-in names are in pinyin.
SURNAMES = (
    ("王", "wang"), ("李", "li"), ("张", "zhang"), ("刘", "liu"), ("陈", "chen"), ("杨", "yang"), ("黄", "huang"),
    ("赵", "zhao"), ("周", "zhou"), ("吴", "wu"), ("徐", "xu"), ("孙", "sun"), ("马", "ma"), ("朱", "zhu"),
    ("胡", "hu"), ("林", "lin"), ("郭", "guo"), ("何", "he"), ("高", "gao"), ("罗", "luo"),
)  # fmt: skip
GIVEN = (
    ("伟", "wei"), ("芳", "fang"), ("娜", "na"), ("敏", "min"), ("静", "jing"), ("强", "qiang"), ("磊", "lei"),
    ("军", "jun"), ("洋", "yang"), ("勇", "yong"), ("艳", "yan"), ("杰", "jie"), ("涛", "tao"), ("明", "ming"),
    ("超", "chao"), ("霞", "xia"), ("平", "ping"), ("刚", "gang"), ("桂英", "guiying"), ("志强", "zhiqiang"),
    ("秀英", "xiuying"), ("建华", "jianhua"), ("海燕", "haiyan"), ("晓东", "xiaodong"), ("文静", "wenjing"),
)  # fmt: skip

FAULTS: dict[str, tuple[str, ...]] = {
    "tv_lcd": (
        "有声音没有图像",
        "屏幕出现竖线",
        "不开机，指示灯不亮",
        "看一会儿自动关机",
        "画面忽明忽暗",
        "连不上无线网络",
    ),
    "refrigerator": ("冷藏室不制冷", "冷冻室结霜严重", "压缩机一直响，不停机", "门关不严", "漏水", "显示屏报故障代码"),
    "washing_machine": ("不脱水", "脱水时噪音很大", "不排水", "门打不开", "进水不停", "通电没反应"),
    "air_conditioner": ("不制冷", "制冷效果差", "室内机漏水", "外机不转", "开机几分钟就停", "遥控没反应"),
    "phone": ("充不进电", "电池不耐用", "屏幕触摸失灵", "听筒没声音", "摄像头打不开", "自动重启"),
    "computer": ("开不了机", "蓝屏死机", "键盘部分按键失灵", "电池充不满", "风扇噪音大", "硬盘认不到"),
}

NOTES = ("上门前请先打电话", "小区需登记，车停地面", "用户只有晚上在家", "老人独自在家，请说慢一点", "门铃坏了，请敲门")


def person(dice: Dice) -> tuple[str, str]:
    """A name and its pinyin without blanks."""
    surname, given = dice.pick(SURNAMES), dice.pick(GIVEN)
    return surname[0] + given[0], surname[1] + given[1]


def customer(dice: Dice) -> str:
    """A customer's name."""
    return person(dice)[0]


def phone(dice: Dice) -> str:
    """A mobile number from a range that no operator has given out."""
    return f"100{dice.below(10**8):08d}"


def address(city: City, district: str, dice: Dice) -> str:
    """A street address in a district."""
    street, house = dice.pick(city.streets), dice.between(1, 399)
    return (
        f"{city.name}市{district}区{street}{house}号{dice.between(1, 18)}栋{dice.between(1, 30)}0{dice.between(1, 6)}室"
    )
