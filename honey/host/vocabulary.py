"""The words of column names: English, pinyin and Chinese, as met in real schemas.

Values only. Sources: public APIs and schemas (Cainiao, Kuaidi100, Kdniao, SF, JD and open-source hosts).
"""

from enum import Enum, auto


class Word(Enum):
    """Meaning of one word in a column name."""

    RECIPIENT = auto()
    SENDER = auto()
    TO = auto()  # settles "ship_to_name" and "ship_from_name"
    FROM = auto()
    NAME = auto()
    PHONE = auto()
    EMAIL = auto()
    PROVINCE = auto()
    CITY = auto()
    DISTRICT = auto()
    REGION = auto()  # a province to some, a district to others
    ADDRESS = auto()
    DETAIL = auto()
    POST = auto()
    POSTCODE = auto()
    COUNTRY = auto()
    INFO = auto()
    WAYBILL = auto()
    CARRIAGE = auto()  # delivery, express, shipping: of the parcel, or of where it goes
    MAIL = auto()
    ORDER = auto()
    NUMBER = auto()
    CODE = auto()
    ID = auto()
    TIME = auto()
    CREATED = auto()
    BY = auto()
    HANDOVER = auto()  # accepted, picked up
    ACCOUNT = auto()
    STAFF = auto()
    OUTLET = auto()
    GOODS = auto()
    NOTE = auto()
    LINK = auto()
    PERSON = auto()  # user, customer, contact: says nothing about which side
    FILLER = auto()
    UNFIT = auto()  # the column is about something else


# In a run-on name the fewest words that cover it win, so "mailno" is one word and not two.
SPELLINGS: dict[Word, str] = {
    Word.RECIPIENT: (
        "receiver receivers receive recipient recipients recv rec rece consignee consignees collecter "
        "collector addressee buyer dest destination end shou shoujian shoujianren shouhuo shouhuoren sjr shr "
        "recman 收件人 收货人 收件方 收件 收货 收 买家 目的"
    ),
    Word.SENDER: (
        "sender send senders senter consignor consigner shipper mailer seller origin source src begin start "
        "ji jijian jijianren jjr fa fahuo fahuoren fajian fajianren fjr fhr sendman 寄件人 发货人 发件人 "
        "寄件方 寄件 发件 发货 寄 发 卖家 始发"
    ),
    Word.TO: "to",
    Word.FROM: "from",
    Word.NAME: (
        "name names fullname firstname lastname realname xingming mingzi mingcheng xm linkman nickname 姓名 "
        "名字 名称 名"
    ),
    Word.PHONE: (
        "phone phones phonenumber phoneno tel telephone telno mobile mobilephone mob cell cellphone telnum "
        "shouji shoujihao dianhua dianhuahao lianxidianhua lxdh dh sjh sjhm 电话 手机 手机号 手机号码 "
        "电话号码 联系电话 联系方式 固话 座机"
    ),
    Word.EMAIL: "email emails youxiang 邮箱 电子邮箱 邮件",
    Word.PROVINCE: "province provinces prov state sheng shengfen provincename 省 省份 州",
    Word.CITY: "city cities cityname chengshi shi 市 城市 地市",
    Word.DISTRICT: "district dist county exparea borough quxian xian qu countyname 区 县 区县 县区",
    Word.REGION: "region area regionname areaname diqu 地区 区域",
    Word.ADDRESS: (
        "address addresses addr addrs street printaddr detailaddr dizhi xiangxidizhi dz 地址 详细地址 街道地址 住址"
    ),
    Word.DETAIL: "detail details detailed xiangxi full line 详细",
    Word.POST: "post postal",
    Word.POSTCODE: "postcode postalcode zip zipcode postno youbian youzhengbianma yb 邮编 邮政编码",
    Word.COUNTRY: "country countries nation guojia countryname 国家 国",
    Word.INFO: "info information xinxi 信息 资料",
    Word.WAYBILL: (
        "waybill waybills tracking track trackno yundan yundanhao ydh mailno awb kuaididan kuaididanhao kddh "
        "wuliudan wuliudanhao miandan miandanhao consignment parcel logisticcode kuaidinum expressno "
        "deliverno hawb 运单 运单号 运单编号 运单号码 快递单 快递单号 物流单 物流单号 面单 面单号 快件 邮件号"
    ),
    Word.CARRIAGE: (
        "delivery deliver ship shipping shipment express exp logistic logistics kuaidi wuliu package dispatch "
        "快递 物流 配送 包裹"
    ),
    Word.MAIL: "mail",
    Word.ORDER: "order orders trade dingdan dingdanhao ddh orderno ordersn 订单 订单号 订单编号 交易",
    Word.NUMBER: "no sn num number numbers nu nbr hao haoma bianhao seq 号 号码 编号 单号",
    Word.CODE: "code codes bianma 代码 编码",
    Word.ID: "id ids oid tid uuid guid",
    Word.TIME: "time at date datetime on ts timestamp gmt shijian riqi day 时间 日期",
    Word.CREATED: (
        "create created creation add added insert inserted ctime createtime addtime xiadan chuangjian 创建 "
        "下单 录入 新增"
    ),
    Word.BY: "by",
    Word.HANDOVER: "pickup picked accept accepted collect collected lanjian lanshou 揽收 揽件 收寄",
    Word.ACCOUNT: (
        "account accounts operator operators login operate zhanghao caozuoyuan caozuo creator 账号 帐号 账户 "
        "操作员 操作人 登录名"
    ),
    Word.STAFF: (
        "courier couriers employee employees emp staff clerk salesman salesperson handler picker kuaidiyuan "
        "yewuyuan gonghao yuangong postman rider driver sales rep 快递员 业务员 工号 员工 骑手 揽件员"
    ),
    Word.OUTLET: (
        "outlet outlets branch branches site sites station dept department org organization network dot hub "
        "depot store shop office agency wangdian zhandian mendian netpoint 网点 站点 门店 分部 营业部 机构 "
        "部门"
    ),
    Word.GOODS: (
        "goods good cargo commodity commodities item items product products merchandise wupin huowu huopin "
        "pinming tuojiwu contents 物品 品名 货物 货品 商品 托寄物 内件"
    ),
    Word.NOTE: ("note notes remark remarks memo memos comment comments message beizhu liuyan 备注 留言 说明"),
    Word.LINK: "link links url href lianjie 链接 网址",
    Word.PERSON: (
        "user customer client member contact contacts contactor person people man username lianxiren kehu "
        "用户 客户 联系人 会员 人"
    ),
    Word.FILLER: "the of is print tb fld col f c value str text txt 1",
    Word.UNFIT: (
        "bill billing invoice pay payment payer payee paid coupon confirm status type kind count amount price "
        "fee freight weight volume company corp level default md5 hash encrypt encrypted cipher enc oaid caid "
        "fax title password pwd passwd ip lat lng longitude latitude update updated modify modified delete "
        "deleted finish expire expired return refund sort flag photo picture pic image img icon birth "
        "birthday hire hired required shipped arrive arrived sign signed parent sku brand category discount "
        "promotion integration growth total quantity qty unit idcard certificate 发票 支付 付款 状态 类型 "
        "金额 价格 费用 运费 重量 体积 公司 传真 密码 更新 修改 删除 签收 数量 身份证"
    ),
}
