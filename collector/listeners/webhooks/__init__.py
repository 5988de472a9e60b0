"""Webhook providers: one file each, which checks the signature, maps the payload and words the expected answer."""

from collections.abc import Callable, Mapping

from collector.config.file import HookConfig
from collector.errors import ConfigError
from collector.listeners.webhooks.aliqin import AliqinProvider
from collector.listeners.webhooks.aliyun import AliyunProvider
from collector.listeners.webhooks.huawei import HuaweiProvider
from collector.listeners.webhooks.mailgun import MailgunProvider
from collector.listeners.webhooks.plivo import PlivoProvider
from collector.listeners.webhooks.postmark import PostmarkProvider
from collector.listeners.webhooks.request import Provider
from collector.listeners.webhooks.sendgrid import SendGridProvider
from collector.listeners.webhooks.ses import SesProvider
from collector.listeners.webhooks.standard import StandardProvider
from collector.listeners.webhooks.telnyx import TelnyxProvider
from collector.listeners.webhooks.tencent import TencentProvider
from collector.listeners.webhooks.twilio import TwilioProvider
from collector.listeners.webhooks.vonage import VonageProvider
from collector.translation import _

PROVIDERS: Mapping[str, Callable[[HookConfig], Provider]] = {
    "twilio": TwilioProvider,
    "vonage": VonageProvider,
    "telnyx": TelnyxProvider,
    "plivo": PlivoProvider,
    "aliyun": AliyunProvider,
    "huawei": HuaweiProvider,
    "tencent": TencentProvider,
    "aliqin": AliqinProvider,
    "mailgun": MailgunProvider,
    "sendgrid": SendGridProvider,
    "postmark": PostmarkProvider,
    "ses": SesProvider,
    "standard": StandardProvider,
}


def provider_for(hook: HookConfig) -> Provider:
    """Return the provider a webhook is configured for.

    Raises:
        ConfigError: the provider is unknown, or lacks what it needs to tell its own requests from others.
    """
    build = PROVIDERS.get(hook.provider)
    if build is None:
        raise ConfigError(
            _(
                "webhooks.{hook}.provider: {provider} is not known; supported: {providers}",
                hook=hook.name,
                provider=hook.provider,
                providers=", ".join(PROVIDERS),
            )
        )
    if hook.provider != "ses" and (hook.topics or hook.fetch):
        raise ConfigError(_("webhooks.{hook}: topics and fetch are for ses alone", hook=hook.name))
    return build(hook)
