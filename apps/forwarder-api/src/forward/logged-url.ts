/** However the slashes are written: clients that join paths double them. */
const baseUrl = /^(?:https?:\/\/[^/?]*)?(\/+mtls\/+account\/+(?:[^/?]+\/+)?to\/[^/?]*)/i

/** What logs say of a url: what follows the mapping in a call by base url is the path of a target, which no log has. */
export function loggedUrl(url: string): string {
  return baseUrl.exec(url)?.[1] ?? url
}
