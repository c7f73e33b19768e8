// What the page "connect" says, in English.

export const en = {
  description:
    "Set up a client in a minute: choose it, copy what is shown, start it. Below you see when its first request has arrived.",
  client: "Client",
  group: { agents: "Coding agents", chat: "Chat apps", sdk: "Your own programs" },
  name: { sdk: "SDKs and curl" },
  values: {
    title: "Your values",
    address: "Address of this gateway",
    addressHint: "As the client's machine reaches it. A container or another machine cannot use localhost.",
    key: "Access key",
    keyPlaceholder: "paste a key",
    keyOpen: "Programs on this machine need no key now; anything will do.",
    keyNeeded: "Keys are shown only once, when they are created.",
    create: "Create a key for {{client}}",
    created: "The key “{{name}}” is filled in below. Copy it now, it is not shown again.",
    model: "Model",
    modelHint: "A name from your list, or any name that your upstreams know.",
    os: "The client runs on",
    osOption: { unix: "macOS / Linux", windows: "Windows" },
  },
  steps: "Copy this",
  terminal: "Terminal",
  powershell: "PowerShell",
  inFile: "In the file {{file}}",
  setting: {
    title: "Enter this in the settings",
    provider: "Provider",
    baseUrl: "Base URL",
    key: "API key",
    model: "Model",
  },
  note: {
    claudeModels:
      "It uses several models, small ones in the background. A map entry claude-* for each upstream that is not Anthropic catches them all.",
    claudeOnboarding:
      'A brand-new installation may ask api.anthropic.com first. "hasCompletedOnboarding": true in ~/.claude.json avoids that.',
    geminiModels: "It uses several model names in the background. A map entry gemini-* catches them all.",
    permanent:
      "To keep the values, put the lines into your shell's start file, or set them as user variables in Windows.",
    cherry: "Add a provider of type “OpenAI”. For Claude models choose the type “Anthropic”, with the same address.",
    chatbox: "Choose “Add custom provider”, mode “OpenAI API compatible”.",
    nextchat:
      "In the settings switch on “Custom endpoint”. It calls from the browser, which the gateway allows only when every client needs a key.",
    lobehub:
      "In the settings, under “AI provider”, choose OpenAI. If you use “client fetch”, every client must need a key.",
    cline: "Choose the API provider “OpenAI Compatible”.",
    docker:
      "From inside a container the gateway is found at host.docker.internal or at this machine's address, and needs a key.",
  },
  check: {
    title: "Has it arrived?",
    waiting: "Waiting for the first request of {{client}}. Start it and ask something.",
    arrived: "It works: a request of {{client}} arrived {{time}}.",
    failed: "A request of {{client}} arrived {{time}}, but ended with status {{status}}.",
    seen: "Last seen {{time}}, before you opened this page. Ask something to check again.",
    model: "Model",
    program: "Program",
    logs: "See it in the logs",
    unavailable: "This gateway cannot tell which clients have called.",
  },
} as const;
