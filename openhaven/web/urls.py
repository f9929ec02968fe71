"""Every address of the service, in one table."""

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.urls import path

from openhaven.web.views import approvals, catalogue, desk, home, jobs, joining, log, register, releases

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("accessibility", home.accessibility, name="accessibility"),
    path("data", catalogue.datasets, name="datasets"),
    path("data.jsonld", catalogue.as_jsonld, name="datasets_jsonld"),
    path("data/<str:id>.hdruk.json", catalogue.as_hdruk, name="dataset_hdruk"),
    path("data/<str:id>", catalogue.dataset, name="dataset"),
    path("uses", register.uses, name="uses"),
    path("uses.json", register.as_json, name="uses_json"),
    path("uses.atom", register.feed, name="uses_feed"),
    path("uses/not-released", register.not_released, name="not_released"),
    path("uses/<str:release>", register.use, name="use"),
    path("uses/<str:release>/proof", register.proof, name="use_proof"),
    path("approvals", approvals.approvals, name="approvals"),
    path("approvals.csv", approvals.csv, name="approvals_csv"),
    path("approvals.json", approvals.as_json, name="approvals_json"),
    path("approvals/<path:id>/proof", approvals.proof, name="approval_proof"),
    path("approvals/<path:id>", approvals.approval, name="approval"),
    path("log", log.log, name="log"),
    path("checkpoint", log.checkpoint, name="checkpoint"),
    path("tile/<path:rest>", log.tile, name="tile"),
    path("desk", desk.desk, name="desk"),
    path("applications", apply.applications, name="applications"),
    path("applications/<str:id>", apply.application, name="application"),
    path("applications/<str:id>/check", apply.check, name="application_check"),
    path("applications/<str:id>/decision", apply.decision, name="application_decision"),
    path("applications/<str:id>/ask/<str:name>", apply.question, name="question"),
    path("cases", review.queue, name="review_queue"),
    path("cases/<str:id>", review.review, name="review"),
    path("cases/<str:id>/decision", review.decision, name="review_decision"),
    path("cases/<str:id>/changes", review.changed, name="review_changes"),
    path("cases/<str:id>/messages", apply.thread, name="thread"),
    path("cases/<str:id>/documents", apply.evidence, name="evidence"),
    path("cases/<str:id>/documents/<int:number>", apply.document, name="document"),
    path("cases/<str:id>/documents/<int:number>/back", apply.take_back, name="take_back"),
    path("cases/<str:id>/do/<str:name>", review.act, name="act"),
    path("join/<str:token>", joining.join, name="join"),
    path("desk/releases", releases.releases, name="releases"),
    path("desk/releases/start", jobs.choose, name="release_choose"),
    path("desk/releases/start/<str:decision>", jobs.start, name="release_start"),
    path("desk/releases/<str:id>", releases.release, name="release"),
    path("desk/releases/<str:id>/certificate", releases.certificate, name="certificate"),
    path("desk/releases/<str:id>/compare", releases.compare, name="compare"),
    path("desk/releases/<str:id>/package.tar", releases.package, name="package"),
    path("desk/releases/<str:id>/files/<path:path>", releases.file, name="package_file"),
    path("desk/jobs/<int:number>", jobs.job, name="job"),
    path("desk/jobs/<int:number>/progress", jobs.progress, name="job_progress"),
    path("desk/jobs/<int:number>/again", jobs.again, name="job_again"),
    path("desk/jobs/<int:number>/withdraw", jobs.withdraw, name="job_withdraw"),
    path("sign-in", account.login, name="account_login"),
    path("sign-in/code", factor.authenticate, name="mfa_authenticate"),
    path("sign-in/again", account.reauthenticate, name="account_reauthenticate"),
    path("sign-in/again/code", factor.reauthenticate, name="mfa_reauthenticate"),
    path("sign-in/closed", account.account_inactive, name="account_inactive"),
    path("sign-out", account.logout, name="account_logout"),
    path("account", factor.index, name="mfa_index"),
    path("account/password", account.password_change, name="account_change_password"),
    path("account/app", totp.activate_totp, name="mfa_activate_totp"),
    path("account/codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]

handler400 = "openhaven.web.views.home.bad_request"
handler403 = "openhaven.web.views.home.forbidden"
handler404 = "openhaven.web.views.home.not_found"
handler500 = "openhaven.web.views.home.broken"
