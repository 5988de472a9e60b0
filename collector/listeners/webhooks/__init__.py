"""Webhook providers: one file each, which checks the signature, maps the payload and words the expected answer."""

from collections.abc import Callable, Mapping

from collector.config import HookConfig
from collector.errors import ConfigError
from collector.listeners.webhooks.request import Provider
from collector.listeners.webhooks.standard import StandardProvider
from collector.listeners.webhooks.twilio import TwilioProvider

PROVIDERS: Mapping[str, Callable[[HookConfig], Provider]] = {"standard": StandardProvider, "twilio": TwilioProvider}
NOT_SUPPORTED_YET = frozenset(
    ("vonage", "telnyx", "plivo", "aliyun", "huawei", "tencent", "aliqin", "mailgun", "sendgrid", "postmark", "ses")
)


def provider_for(hook: HookConfig) -> Provider:
    """Return the provider a webhook is configured for.

    Raises:
        ConfigError: the provider is unknown or not supported yet, or lacks what it needs to check signatures.
    """
    build = PROVIDERS.get(hook.provider)
    if build is None:
        supported = ", ".join(PROVIDERS)
        why = "is not supported by this version" if hook.provider in NOT_SUPPORTED_YET else "is not known"
        raise ConfigError(f"webhooks.{hook.name}.provider: {hook.provider} {why}; supported: {supported}")
    return build(hook)
