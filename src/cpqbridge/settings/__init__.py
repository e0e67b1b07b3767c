"""What the user configures, from `cpqbridge.yaml` and the environment: connections, options, value tables, mapping."""

from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.load import for_connections, load
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.values import ValueTables
from cpqbridge.settings.zuora import ZuoraSettings

__all__ = [
    "DatabaseSettings",
    "MappingSettings",
    "Options",
    "Problem",
    "SalesforceSettings",
    "Secret",
    "Settings",
    "ValueTables",
    "WrongSettings",
    "ZuoraSettings",
    "for_connections",
    "load",
]
