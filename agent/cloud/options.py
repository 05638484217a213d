"""The settings as the loyalty room wants them."""

from __future__ import annotations

from agent.loyalty.calls.options import DEFAULT_TENDER_MODES, CloudOptions
from agent.sale.basket import TenderType
from agent.settings.config import Config, cloud_secret


def cloud_options(config: Config) -> CloudOptions:
    """This till at its cloud. ValueError for what the room's own rules refuse."""
    section, till = config.cloud, config.till
    modes = {TenderType(name): mode for name, mode in section.tender_modes.items()}
    return CloudOptions(
        base_url=section.base_url,
        username=section.username,
        password=section.password,
        auth=section.auth,
        oauth_key=section.oauth_key,
        oauth_secret=section.oauth_secret,
        no_secret=cloud_secret(section)[1],
        cluster_tz=section.cluster_timezone,
        question_budget_s=section.question_budget_ms / 1000,
        store_code=till.store_code,
        till_code=till.till_code,
        org=section.org,
        country_code=section.country,
        points_program_id=section.program_id,
        fleet_tills=section.fleet_tills,
        requests_per_minute=section.requests_per_minute,
        start_spread_s=section.start_spread_s,
        bulk_rows=section.bulk_rows,
        client_signature=section.client_signature,
        tender_modes={**DEFAULT_TENDER_MODES, **modes},
        customer_fields=section.fields.all(),
        bill_custom=section.bill_fields.custom,
        bill_extended=section.bill_fields.extended,
        line_custom=section.line_fields.custom,
        line_extended=section.line_fields.extended,
        tender_attributes={
            kind: getattr(section.tender_attributes, kind.value)
            for kind in TenderType
            if hasattr(section.tender_attributes, kind.value)
        },
    )
