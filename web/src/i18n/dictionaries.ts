// All texts of the console, by language and namespace.

import { en as connectEn } from "../pages/connect/text.en.ts";
import { zh as connectZh } from "../pages/connect/text.zh.ts";
import { en as keysEn } from "../pages/keys/text.en.ts";
import { zh as keysZh } from "../pages/keys/text.zh.ts";
import { en as logsEn } from "../pages/logs/text.en.ts";
import { zh as logsZh } from "../pages/logs/text.zh.ts";
import { en as modelsEn } from "../pages/models/text.en.ts";
import { zh as modelsZh } from "../pages/models/text.zh.ts";
import { en as overviewEn } from "../pages/overview/text.en.ts";
import { zh as overviewZh } from "../pages/overview/text.zh.ts";
import { en as playgroundEn } from "../pages/playground/text.en.ts";
import { zh as playgroundZh } from "../pages/playground/text.zh.ts";
import { en as sessionEn } from "../pages/session/text.en.ts";
import { zh as sessionZh } from "../pages/session/text.zh.ts";
import { en as settingsEn } from "../pages/settings/text.en.ts";
import { zh as settingsZh } from "../pages/settings/text.zh.ts";
import { en as upstreamsEn } from "../pages/upstreams/text.en.ts";
import { zh as upstreamsZh } from "../pages/upstreams/text.zh.ts";
import { en as usageEn } from "../pages/usage/text.en.ts";
import { zh as usageZh } from "../pages/usage/text.zh.ts";
import { en as commonEn } from "./common.en.ts";
import { zh as commonZh } from "./common.zh.ts";

export const dictionaries = {
  en: {
    common: commonEn,
    connect: connectEn,
    keys: keysEn,
    logs: logsEn,
    models: modelsEn,
    overview: overviewEn,
    playground: playgroundEn,
    session: sessionEn,
    settings: settingsEn,
    upstreams: upstreamsEn,
    usage: usageEn,
  },
  zh: {
    common: commonZh,
    connect: connectZh,
    keys: keysZh,
    logs: logsZh,
    models: modelsZh,
    overview: overviewZh,
    playground: playgroundZh,
    session: sessionZh,
    settings: settingsZh,
    upstreams: upstreamsZh,
    usage: usageZh,
  },
};
