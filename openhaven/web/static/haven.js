// Each page works without this; it brings the design system's own behaviour to life where a browser can.
import { initAll } from "./nhsuk/nhsuk-frontend.min.js";
initAll();
