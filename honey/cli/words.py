"""Words of the model that commands print as they are stored: `retold` looks them up, and this list has them collected.

Only the console says them in another language; JSON, files and what users type keep the English word.
"""

from honey.translation import _

WORDS = (
    # verdicts, origins and states of cases; what a proof rests on
    _("identified"), _("shortlist"), _("none"), _("dump"), _("contact"), _("open"), _("closed"), _("draws"),
    _("record"),
    # plantings
    _("resident"), _("export"), _("intended"), _("confirmed"), _("removed"), _("rejected"),
    # beacons
    _("phone"), _("address"), _("mail_domain"), _("dns_zone"), _("web_host"), _("waybill_number"),
    _("web_host or dns_zone"), _("decoy"), _("control"),
    # accounts
    _("employee"), _("outlet"), _("merchant"), _("partner"),
    # sightings
    _("exact"), _("normalised"), _("masked"), _("partial"),
    _("order_number"), _("account"), _("created_at"), _("goods"), _("note"), _("link"), _("recipient"),
    _("recipient_name"), _("recipient_phone"), _("recipient_email"), _("recipient_province"), _("recipient_city"),
    _("recipient_district"), _("recipient_address"), _("recipient_postcode"), _("recipient_country"),
    _("sender"), _("sender_name"), _("sender_phone"), _("sender_email"), _("sender_province"), _("sender_city"),
    _("sender_district"), _("sender_address"), _("sender_postcode"), _("sender_country"),
    # roles as honey host inspect names them
    _("waybill number"), _("order number"), _("created at"), _("recipient name"), _("recipient phone"),
    _("recipient email"), _("recipient province"), _("recipient city"), _("recipient district"),
    _("recipient address"), _("recipient postcode"), _("recipient country"), _("sender name"), _("sender phone"),
    _("sender email"), _("sender province"), _("sender city"), _("sender district"), _("sender address"),
    _("sender postcode"), _("sender country"),
    # channels
    _("call"), _("sms"), _("mail"), _("dns"), _("web"), _("post"), _("access"),
    # findings
    _("error"), _("warning"),
    # honey status
    _("accounts"), _("accounts without decoys"), _("beacons"), _("plantings"), _("exports"), _("access record"),
    _("hits"), _("open cases"), _("checkpoint"), _("registry"), _("True"), _("False"),
)  # fmt: skip
