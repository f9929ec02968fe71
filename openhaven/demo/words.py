"""The chapters of the story, by the name of their application."""

TITLES = {
    "1-university": "1. A university: de-identified episodes under contract",
    "2-cancer-audit": "2. A cancer audit: NHS number and date of birth, regulation 5 support",
    "3-insurer": "3. An insurer, openly",
    "3b-consultancy": "3b. The same through a consultancy with an insurer's money",
    "4-health-protection": "4. A health-protection body, regulation 3",
    "5-commissioner": "5. A commissioner: counts by area and diagnosis",
    "6-trial": "6. A clinical trial's own file of people who consented",
    "7-university-refresh": "7. Next month's refresh of 1",
}
