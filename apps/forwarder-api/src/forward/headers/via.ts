/** The Via of a message that was received in this version of HTTP (RFC 9110 section 7.6.3). */
export function viaOf(version: string): string {
  return version === '1.0' ? '1.0 mtls-gateway' : '1.1 mtls-gateway'
}
