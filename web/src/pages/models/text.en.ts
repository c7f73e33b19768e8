// What the page "models" says, in English.

export const en = {
  description: "Clients ask for a model by name. Here you decide which model of each upstream answers to that name.",
  tester: {
    title: "What becomes of a name?",
    description:
      "Type a name as a client would. The list below shows who would be asked, in which order, and for which model. Nothing is sent.",
    model: "Model that the client asks for",
    protocol: "Client's format",
    unsaved: "The answer follows what is saved; changes below count once you have saved them.",
  },
  map: {
    none: "No entry: every name goes through unchanged.",
    entries_one: "{{count}} entry",
    entries_other: "{{count}} entries",
    saved: "The names of “{{id}}” are saved",
    editUpstream: "All settings of this upstream",
    fix: "Some entries are not complete.",
    off: "switched off",
  },
  offered: {
    title: "Models that clients can choose from",
    description:
      "What the model list of this gateway says: models that the upstreams offer, and the exact names above. Names with a * are not listed.",
    filter: "Filter",
    none: "No upstream has told its models yet.",
    noMatch: "No model is called that.",
  },
  empty: {
    title: "First an upstream is needed",
    body: "Names belong to an upstream. Add one, then come back.",
    action: "To the upstreams",
  },
} as const;
