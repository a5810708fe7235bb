"""The register of a person as facts stated it until a person's district and relatives had a history, too."""

from datetime import date

import msgspec

from shared.kernel.standing import CareLevel, Period, Register, Role


class CarePeriodV1(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    care_level: CareLevel
    care_from: date | None
    care_until: date | None


class RegisterV1(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One district and the same relatives on every day."""

    roles: tuple[Role, ...]
    district_id: str | None
    registered_on: date | None
    trained_on: date | None
    relatives: tuple[str, ...]
    care: tuple[CarePeriodV1, ...]

    def upcast(self) -> Register:
        periods = [
            Period(
                care_level=period.care_level,
                care_from=period.care_from,
                care_until=period.care_until,
                district_id=self.district_id,
                relatives=self.relatives,
            )
            for period in self.care
        ]
        return Register(
            roles=self.roles, registered_on=self.registered_on, trained_on=self.trained_on, periods=tuple(periods)
        )
