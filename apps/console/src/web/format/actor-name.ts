/** Who, without the issuer that their token came from: `https://login.example#ada` is `ada`. */
export function actorName(actor: string): string {
  return /^https?:\/\/[^#]+#(?<name>.+)$/.exec(actor)?.groups?.name ?? actor
}
