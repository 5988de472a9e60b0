"""Short word lists by which a column's values are recognised: divisions, countries, surnames, company words.

Values only. They need not be complete: a column is judged by what most of its values look like.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# GB/T 2260 province level, without suffixes.
CHINESE_PROVINCES = _words(
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 "
    "四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
)
CHINESE_PROVINCE_SUFFIXES = ("省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区")

# ISO 3166-2 letters of the countries that write them in addresses: USA, Canada, Brazil, Australia.
STATE_LETTERS = _words(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
    "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AB BC MB NB NL NS NT NU ON PE QC SK YT AC AP AM BA CE DF "
    "ES GO MG MS PB PR PI RJ RN RS RO RR SP SE TO NSW VIC QLD TAS ACT"
)

# Names and codes that hosts write for the countries parcels go to (ISO 3166-1 names, usual short forms).
COUNTRIES = _words(
    "中国 香港 澳门 台湾 日本 韩国 美国 加拿大 英国 法国 德国 意大利 西班牙 荷兰 俄罗斯 澳大利亚 新西兰 新加坡 "
    "马来西亚 泰国 越南 菲律宾 印度尼西亚 印度 巴西 墨西哥 argentina australia austria belgium brazil bulgaria "
    "canada chile china colombia croatia cyprus czechia denmark ecuador egypt estonia finland france germany "
    "greece hungary iceland india indonesia ireland israel italy japan kenya korea latvia lithuania luxembourg "
    "malaysia malta mexico morocco netherlands nigeria norway pakistan peru philippines poland portugal qatar "
    "romania russia serbia singapore slovakia slovenia spain sweden switzerland taiwan thailand tunisia turkey "
    "uae uk ukraine usa us uruguay venezuela vietnam gb de fr it es nl be at ch cn jp kr hk tw sg my th vn au "
    "nz deutschland españa italia österreich schweiz suisse méxico brasil"
) | {
    "south africa",
    "south korea",
    "new zealand",
    "united kingdom",
    "united states",
    "saudi arabia",
    "hong kong",
    "czech republic",
}

# The commonest Chinese surnames, simplified and traditional; a rarer one only lowers a share a little.
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季俞"
    "章鲁葛伍申尤毕聂焦关欧涂耿岳邢辛左童柴鲍丛華張陳楊黃趙吳孫馬羅鄭謝許鄧馮葉呂蔣鐘譚陸韓劉"
)
COMPOUND_SURNAMES = _words("欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 端木 南宫 独孤")
HONORIFICS = ("先生", "女士", "小姐", "太太", "老师", "收", "同学", "师傅", "阿姨", "总", "经理", "哥", "姐")

CHINESE_COMPANY_WORDS = (
    "公司",
    "集团",
    "商行",
    "超市",
    "工厂",
    "经营部",
    "门市部",
    "专卖店",
    "旗舰店",
    "便利店",
    "药店",
    "商店",
    "网店",
    "事务所",
    "研究所",
    "合作社",
    "服务部",
    "工作室",
    "酒店",
    "餐厅",
    "医院",
    "学校",
    "大学",
    "银行",
)
LATIN_COMPANY_WORDS = _words(
    "ltd limited inc incorporated corp corporation co company llc llp plc gmbh ag kg ohg sa s.a sarl spa srl "
    "bv nv ab oy as aps kft doo pty group holding holdings trading imports import exports export markets "
    "market stores store shop supermarket restaurant café cafe bistro bar hotel foods food bakery delikatessen "
    "delicatessen handel handels winery cellars supplies services solutions systems logistics express freight "
    "industries partners brothers bros & und et comércio comercio mercados supermercado pub inn mini grocery "
    "gourmet produce provisions"
)

# What a Chinese address line names below its district: road, lane, number, building, floor, room, village.
CHINESE_STREET_CHARACTERS = "路街道巷弄号楼栋幢座室村镇乡园厦苑府组队区"
