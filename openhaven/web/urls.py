"""Every address of the service, in one table."""

from django.urls import path

from openhaven.web.views import catalogue, home, log, register

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("accessibility", home.accessibility, name="accessibility"),
    path("data", catalogue.datasets, name="datasets"),
    path("data.jsonld", catalogue.as_jsonld, name="datasets_jsonld"),
    path("data/<str:id>", catalogue.dataset, name="dataset"),
    path("uses", register.uses, name="uses"),
    path("uses.json", register.as_json, name="uses_json"),
    path("uses.atom", register.feed, name="uses_feed"),
    path("uses/not-released", register.not_released, name="not_released"),
    path("uses/<str:release>", register.use, name="use"),
    path("uses/<str:release>/proof", register.proof, name="use_proof"),
    path("log", log.log, name="log"),
    path("checkpoint", log.checkpoint, name="checkpoint"),
    path("tile/<path:rest>", log.tile, name="tile"),
]

handler400 = "openhaven.web.views.home.bad_request"
handler403 = "openhaven.web.views.home.forbidden"
handler404 = "openhaven.web.views.home.not_found"
handler500 = "openhaven.web.views.home.broken"
