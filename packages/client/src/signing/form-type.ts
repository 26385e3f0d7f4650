/** Whether the parameters of a body are part of an OAuth 1.0a signature (RFC 5849 section 3.4.1.3.1). */
export function isForm(contentType: string | null | undefined): boolean {
  return contentType?.split(';')[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded'
}
