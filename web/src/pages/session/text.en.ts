// What login, first set-up and the change of the password say, in English.

export const en = {
  login: {
    title: "Log in",
    password: "Password",
    remember: "Stay logged in on this browser",
    submit: "Log in",
    wrong: "This password is not right.",
    forgotten: "Forgotten? On the gateway's machine run",
    empty: "Type the password.",
    defaultHint: "On a fresh installation the password is admin. It works on this machine only.",
    wait: "Too many wrong tries. You can try again in {{seconds}} s.",
    unreachable: "The gateway does not answer. This page tries again by itself.",
  },
  expired: {
    title: "Your session has ended",
    body: "Log in again. What you typed on this page is still there.",
  },
  setup: {
    title: "Set up APIRouter",
    body: "This gateway is new and nobody has chosen a password yet. Because you are coming from another machine, it asks for the one-time setup token.",
    where: "The token is in the gateway's output: look at the terminal where it runs, or at the log.",
    token: "Setup token",
    tokenWrong: "This token is not right, or no longer valid. The gateway prints a new one when it is started again.",
    submit: "Set password and log in",
  },
  first: {
    title: "Choose a password",
    body: "You are logged in with the default password. Choose your own now; it takes a moment.",
    later: "Later",
  },
  change: {
    title: "Change password",
    current: "Current password",
    next: "New password",
    repeat: "New password again",
    rules: "At least {{min}} characters. A sentence that you remember is better than a short word with signs.",
    short: "At least {{min}} characters are needed; this has {{length}}.",
    different: "The two new passwords differ.",
    currentWrong: "The current password is not right.",
    submit: "Set password",
    done: "The password is set. Other sessions have been logged out.",
  },
} as const;
