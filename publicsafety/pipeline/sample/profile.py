"""When do calls come, what are they about, how do they end? Weights only; every label is in `data/reference`."""

from __future__ import annotations

SEASON = (0.94, 0.94, 0.97, 0.99, 1.03, 1.05, 1.07, 1.06, 1.03, 1.01, 0.97, 0.94)
WEEKDAYS = (1.02, 1.00, 1.01, 1.02, 1.08, 0.98, 0.89)
HOURS = (32, 26, 21, 16, 14, 17, 24, 35, 45, 50, 52, 54, 56, 56, 57, 60, 63, 65, 62, 57, 53, 50, 44, 38)
NEEDLE_SEASON = (0.78, 0.80, 0.90, 1.00, 1.08, 1.13, 1.15, 1.14, 1.10, 1.05, 0.95, 0.82)

ELIGIBLE = {  # nature: weight
    "Well-being check": 0.38,
    "Mental health crisis": 0.22,
    "Quality of life": 0.20,
    "Notification": 0.07,
    "Welfare or basic needs": 0.10,
    "Suicidal person": 0.03,
}
NEEDLE = "Needle pickup"
OTHER = {
    "Traffic stop": 0.12,
    "Police proactive": 0.13,
    "Disturbance": 0.10,
    "Medical": 0.13,
    "Alarm": 0.07,
    "Theft": 0.07,
    "Traffic collision": 0.06,
    "Traffic or parking complaint": 0.07,
    "Suspicious activity": 0.06,
    "Fire": 0.03,
    "911 hang-up": 0.04,
    "Burglary": 0.01,
    "Property damage": 0.02,
    "Assault": 0.012,
    "Domestic dispute": 0.02,
    "Juvenile matter": 0.01,
    "Sexual assault": 0.003,
    "Overdose": 0.01,
    "Sudden death": 0.002,
    "Missing person": 0.004,
    "Robbery": 0.003,
    "Weapon or shots": 0.003,
    "Animal": 0.01,
    "Police administrative": 0.05,
    "Other": 0.04,
}
SELF_INITIATED = ("Traffic stop", "Police proactive", "Police administrative")
MEDICAL = ("Medical", "Fire", "Overdose", "Sudden death")

# Spellings of the same label that exports hold beside the usual one; each is in the reference tables.
VARIANTS = {
    "Well-being check": ("WELL-BEING CHECK", "Wellbeing  check", "Well being check ", "Check welfare"),
    "Mental health crisis": ("MENTAL HEALTH CRISIS", "Mental-health crisis", "MH crisis"),
    "Quality of life": ("QUALITY OF LIFE", "Quality-of-life check"),
    "Welfare or basic needs": ("Welfare/other", "Basic needs"),
    "Notification": ("NOTIFICATION ", "Deliver notification"),
    "Needle pickup": ("Needle pick-up", "NEEDLE PICKUP"),
    "Theft": ("LARCENY", "Theft  "),
    "Disturbance": ("DISTURBANCE", "Disorderly"),
    "Alarm": ("Burglar alarm",),
    "Suspicious activity": ("Suspicious person", "Suspicious vehicle"),
    "Resolved on scene": ("Resolved - on scene", "RESOLVED ON SCENE"),
    "Gone on arrival": ("GOA", "Unable to locate"),
    "Transported to hospital": ("Transport - hospital",),
    "Cancelled": ("Canceled", "CXL"),
    "Transported to shelter or services": ("Sobering/Detox", "Transport to shelter"),
    "Report taken": ("RPT",),
}

TEAM_ENDS = {
    "Resolved on scene": 0.42,
    "Referred to services": 0.16,
    "Follow-up planned": 0.14,
    "Service declined": 0.08,
    "Gone on arrival": 0.06,
    "Transported to hospital": 0.06,
    "Transported to shelter or services": 0.08,
}
POLICE_ENDS = {
    "Report taken": 0.30,
    "Advised": 0.28,
    "Resolved on scene": 0.20,
    "Gone on arrival": 0.12,
    "Arrest": 0.03,
    "Transported to hospital": 0.05,
    "Duplicate call": 0.02,
}
CANCELLED, REMOVED = "Cancelled", "Needles removed"
SOURCES = ("911", "NON-EMERG", "SELF INIT", "REFERRAL")  # the export's words, in the order of the schema's
PRIORITIES = ("1", "2", "3", "4")

# Why an eligible call was not answered within service hours.
UNMET = {"NO UNIT FREE": 0.40, "NOT TRIAGED": 0.32, "DECLINED": 0.13, "CANCELLED": 0.10, "OUTSIDE AREA": 0.05}
OUT_OF_HOURS = 0.52  # share of the eligible calls not answered that came outside service hours

NEEDS = (0.24, 0.20, 0.10, 0.18, 0.09, 0.09, 0.04, 0.06)  # by position in data/reference/needs.csv
PARTNERS = (0.20, 0.15, 0.13, 0.12, 0.10, 0.08, 0.07, 0.05, 0.04, 0.04, 0.01, 0.01)
CASE_REFERRERS = ("CARE response", "Outreach", "Self", "Police co-response", "Hospital", "Partner organization")
CASE_ENDS = ("Goals met", "Lost contact", "Moved away", "Transferred to partner", "Declined further service")
