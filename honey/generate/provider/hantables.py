"""Surnames and given-name characters with their pinyin.

Surnames: the order of the Ministry of Public Security's report for 2020 (published 2021-02-08: the first five are
30.8 % of the registered population, 欧阳 is the first compound one with 1.112 million); the weights are percent of the
population as collected in Faker 40.54 zh_CN and on Wikipedia, 于, 肖 and 闫 set right. Given names: characters typical
of the decade of birth, after the same report's lists of names per decade; which goes first is our own reading.
"""

from dataclasses import dataclass

_SURNAMES = """
王wang7.2 李li7.0 张zhang6.7 刘liu5.1 陈chen4.6 杨yang3.2 黄huang2.4 赵zhao2.0 吴wu2.0 周zhou1.9 徐xu1.45 孙sun1.38
马ma1.29 朱zhu1.28 胡hu1.16 郭guo1.13 何he1.06 林lin1.13 高gao1.0 罗luo0.95 郑zheng0.93 梁liang0.85 谢xie0.76
宋song0.7 唐tang0.69 许xu0.66 韩han0.61 邓deng0.62 冯feng0.62 曹cao0.6 彭peng0.58 曾zeng0.58 肖xiao0.56 田tian0.52
董dong0.51 潘pan0.52 袁yuan0.5 蔡cai0.53 蒋jiang0.48 余yu0.48 于yu0.49 杜du0.47 叶ye0.48 程cheng0.45 魏wei0.45
苏su0.46 吕lv0.45 丁ding0.43 任ren0.41 卢lu0.4 姚yao0.4 沈shen0.41 钟zhong0.4 姜jiang0.39 崔cui0.38 谭tan0.38 陆lu0.36
范fan0.36 汪wang0.36 廖liao0.37 石shi0.34 金jin0.35 韦wei0.33 贾jia0.33 夏xia0.32 付fu0.4 方fang0.31 邹zou0.3
熊xiong0.29 白bai0.28 孟meng0.29 秦qin0.29 邱qiu0.32 侯hou0.3 江jiang0.28 尹yin0.26 薛xue0.26 闫yan0.25 段duan0.24
雷lei0.24 龙long0.21 黎li0.22 史shi0.21 陶tao0.21 贺he0.21 毛mao0.2 郝hao0.2 顾gu0.2 龚gong0.2 邵shao0.2 万wan0.19
覃qin0.18 武wu0.18 钱qian0.19 戴dai0.34 严yan0.19 莫mo0.18 孔kong0.17 向xiang0.17 常chang0.16 汤tang0.17 赖lai0.18
洪hong0.18 温wen0.16 康kang0.16 施shi0.15 文wen0.15 牛niu0.15 樊fan0.15 葛ge0.15 邢xing0.14 安an0.13 齐qi0.13 易yi0.13
乔qiao0.13 伍wu0.13 庞pang0.13 颜yan0.12 倪ni0.12 庄zhuang0.12 聂nie0.12 章zhang0.12 鲁lu0.11 岳yue0.11 翟zhai0.11
殷yin0.11 詹zhan0.11 申shen0.11 欧ou0.18 耿geng0.11 关guan0.1 兰lan0.1 焦jiao0.1 俞yu0.1 左zuo0.1 柳liu0.1 甘gan0.1
祝zhu0.1 包bao0.09 宁ning0.09 尚shang0.08 符fu0.08 舒shu0.08 阮ruan0.08 柯ke0.08 纪ji0.08 梅mei0.08 童tong0.08
凌ling0.08 毕bi0.08 单shan0.08 季ji0.08 裴pei0.08 霍huo0.08 涂tu0.08 成cheng0.08 苗miao0.08 谷gu0.08 盛sheng0.07
曲qu0.07 翁weng0.07 冉ran0.07 骆luo0.07 蓝lan0.07 路lu0.07 游you0.07 辛xin0.06 靳jin0.06 管guan0.06 柴chai0.06
蒙meng0.06 鲍bao0.06 华hua0.06 喻yu0.06 祁qi0.06 蒲pu0.06 房fang0.06 滕teng0.06 屈qu0.06 饶rao0.06 解xie0.06 牟mou0.06
艾ai0.06 尤you0.06 阳yang0.06 时shi0.06 穆mu0.06 农nong0.06 司si0.06 卓zhuo0.06 古gu0.06 吉ji0.06 缪miao0.06 简jian0.06
欧阳ouyang0.08 上官shangguan0.007 皇甫huangfu0.005 令狐linghu0.004 诸葛zhuge0.004 司徒situ0.004 司马sima0.002
"""

_PINYIN = """
军jun 勇yong 伟wei 强qiang 平ping 明ming 刚gang 斌bin 波bo 辉hui 建jian 国guo 志zhi 文wen 永yong 德de 金jin 玉yu 海hai
春chun 学xue 荣rong 光guang 新xin 卫wei 华hua 林lin 生sheng 民min 东dong 良liang 忠zhong 庆qing 福fu 祥xiang 胜sheng
英ying 兰lan 芳fang 玲ling 敏min 萍ping 红hong 霞xia 梅mei 丽li 秀xiu 桂gui 淑shu 凤feng 小xiao 美mei 爱ai 珍zhen
香xiang 琴qin 云yun 莲lian 惠hui 月yue 素su 翠cui 群qun 峰feng 涛tao 晓xiao 俊jun 静jing 燕yan 艳yan 娟juan 雪xue
磊lei 超chao 鹏peng 杰jie 飞fei 凯kai 少shao 家jia 龙long 娜na 婷ting 莉li 倩qian 佳jia 浩hao 帅shuai 鑫xin 宇yu
阳yang 嘉jia 子zi 天tian 豪hao 轩xuan 颖ying 琳lin 莹ying 丹dan 洁jie 雨yu 思si 梦meng 诗shi 慧hui 欣xin 怡yi 雯wen
琪qi 博bo 睿rui 旭xu 梓zi 涵han 然ran 辰chen 翔xiang 航hang 哲zhe 悦yue 萱xuan 妍yan 可ke 语yu 彤tong 瑶yao 馨xin
宏hong 立li 成cheng 振zhen 克ke 正zheng 兴xing 元yuan 长chang 根gen 宝bao 贵gui 清qing 洪hong 武wu 江jiang 泉quan
彬bin 松song 亮liang 健jian 云yun 广guang 一yi 泽ze 景jing 承cheng 昊hao 晨chen 铭ming 奕yi 逸yi 皓hao 煜yu 恒heng
瑞rui 毅yi 勤qin 跃yue 炎yan 锋feng 进jin 维wei 世shi 绍shao 兆zhao 剑jian 向xiang 利li 全quan 友you 有you 万wan
巧qiao 彩cai 银yin 焕huan 瑞rui 亚ya 冬dong 秋qiu 菊ju 娥e 芬fen 琼qiong 蓉rong 珠zhu 凡fan 如ru 若ruo 晶jing
璐lu 薇wei 蕾lei 媛yuan 楠nan 岚lan 菲fei 茜qian 露lu 珊shan 蓓bei 舒shu 依yi 芷zhi 紫zi 心xin 安an 宁ning 静jing
晴qing 婉wan 曼man 灵ling 采cai 沐mu 筱xiao 钰yu 玥yue 昕xin 伊yi 艺yi 锦jin 知zhi 羽yu 韵yun 盈ying 莎sha 蕊rui
菁jing 璇xuan 瑾jin 琬wan 芸yun 苗miao 妮ni 曦xi 希xi 诺nuo 朵duo 禾he 晗han 潇xiao 卓zhuo 远yuan 乐le 启qi 尚shang
贤xian 耀yao 坤kun 昌chang 富fu 庭ting 邦bang 树shu 传chuan 保bao 发fa 义yi 礼li 信xin 仁ren 和he 安an 康kang 宁ning
升sheng 达da 彦yan 士shi 帆fan 楚chu 书shu 钧jun 柏bo 森sen 琦qi 炜wei 晖hui 骏jun 腾teng 威wei 熙xi 霖lin
程cheng 政zheng
"""


@dataclass(frozen=True, slots=True)
class Generation:
    """Given-name characters of one decade of birth and one sex."""

    share: float  # of recipients: online shoppers by age, half men and half women; our estimate
    single_share: float  # of names with one given character: at most 27.6 % in any decade, 6.3 % of those born 2020
    single: str
    first: str
    second: str


GENERATIONS = (
    Generation(
        0.05,
        0.12,
        "军勇伟强平明刚斌波辉",
        "建国志文永德金玉海春学荣光新卫正兴元长根宝贵世绍有",
        "国军平华明林生强荣民东文辉良忠庆福祥胜贵清洪武江根",
    ),
    Generation(
        0.05,
        0.12,
        "英兰芳玲敏萍红霞梅丽",
        "秀桂玉淑丽春凤小美爱惠月素翠巧彩银焕瑞亚",
        "英兰芳珍华梅香荣琴云莲霞萍玲红娥芬琼珠菊",
    ),
    Generation(
        0.09,
        0.20,
        "勇军伟强斌刚峰波涛辉锋毅健",
        "建志国海文晓永小春俊宏立振克正成剑向利维世卫",
        "军平明华林东强辉峰斌波勇刚清江泉松亮健锋进全",
    ),
    Generation(
        0.09,
        0.20,
        "丽敏静芳燕红艳霞玲娟萍",
        "丽海秀晓小春红建玉雪爱惠亚冬秋彩瑞立文艳",
        "萍梅丽燕霞娟芳玲华英红艳云琴敏蓉琼芬香静",
    ),
    Generation(
        0.14,
        0.27,
        "伟磊涛超鹏勇强杰波斌飞凯亮彬",
        "志建海晓文小俊国少家永宏立振云广德成明东剑正",
        "伟强峰鹏辉华龙明军杰飞勇斌波涛亮松彬健超林平",
    ),
    Generation(
        0.14,
        0.27,
        "静丽娟燕艳敏娜婷芳莉玲倩",
        "丽晓海小雪春婷文艳佳亚丹慧美玉秀红莉云冬",
        "娟燕丽玲萍霞梅华红静莉娜芳敏婷云丹蓉琴媛",
    ),
    Generation(
        0.14,
        0.25,
        "杰鹏超浩涛伟磊凯帅鑫宇阳旭",
        "俊志文嘉子家晓建佳天永明泽宇景瑞振少一书彦程",
        "杰豪伟鹏龙辉峰宇浩文明轩凯阳翔涛超林斌飞威帆",
    ),
    Generation(
        0.14,
        0.25,
        "婷静雪敏倩颖琳莹丹娜玲洁",
        "晓雨雪思佳文丽梦诗慧嘉欣子小静婉若依紫玉",
        "婷怡雯琪雪慧娟萍欣颖琳洁莹倩薇蕾楠菲露珊",
    ),
    Generation(
        0.08,
        0.15,
        "浩鑫宇涛杰阳博轩睿旭",
        "浩子俊嘉宇家天文梓志佳博泽睿逸皓承晨奕铭昊煜",
        "轩宇豪杰涵然博阳辰翔航哲霖熙恒远骏腾泽铭乐昊",
    ),
    Generation(
        0.08,
        0.15,
        "婷欣雪悦颖琪怡萱妍",
        "雨欣思佳子梦诗嘉梓可语若依芷紫心安沐钰艺锦知",
        "怡涵欣萱琪婷妍彤瑶悦馨琳玥昕伊晴璇瑾蕊晗菲曦",
    ),
)


def _split(entry: str) -> tuple[str, str]:
    han = "".join(character for character in entry if not character.isascii())
    return han, entry[len(han) :]


_PARTS = [_split(entry) for entry in _SURNAMES.split()]
SURNAMES = tuple(han for han, _ in _PARTS)
SURNAME_WEIGHTS = tuple(float(latin.lstrip("abcdefghijklmnopqrstuvwxyz")) for _, latin in _PARTS)
PINYIN = dict(map(_split, _PINYIN.split())) | {han: latin.rstrip("0123456789.") for han, latin in _PARTS}
