// Starts the console.

import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { startRouter } from "./app/router.tsx";
import { startTranslations } from "./i18n/start.ts";

startRouter();
await startTranslations();
const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");
createRoot(root).render(<App />);
