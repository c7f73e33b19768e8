// Recognises upstream hosts by name.

/** Host name of a base URL in lower case; `""` when it is no URL. */
export function hostOf(baseUrl: string): string {
  return URL.canParse(baseUrl) ? new URL(baseUrl).hostname.toLowerCase() : "";
}

/** Whether `host` is `domain` or below it. */
export function isHost(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

/** Azure's hosts for OpenAI models, which take the key in `api-key`. */
export function isAzure(host: string): boolean {
  return (
    isHost(host, "openai.azure.com") ||
    isHost(host, "cognitiveservices.azure.com") ||
    isHost(host, "services.ai.azure.com")
  );
}
