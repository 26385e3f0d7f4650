/** Header fields of the wire, as they are written. */
export const headerNames = {
  forwardUrl: 'LP-forward-url',
  serviceName: 'LP-service-name',
  authorizationOverride: 'LP-authorization-override',
  contentTypeOverride: 'LP-content-type-override',
  methodOverride: 'LP-method-override',
  stopIfCertificateNotFound: 'LP-stop-if-certificate-not-found',
  answeredBy: 'LP-answered-by',
  presentCertificate: 'LP-present-certificate',
  presentedCertificate: 'LP-presented-certificate',
  changeNotice: 'LP-change-notice',
  transportMessage: 'LP-message-from-transport',
  transportError: 'LP-error-from-transport',
  idempotencyKey: 'Idempotency-Key',
  ifMatch: 'If-Match',
  totalCount: 'X-Total-Count',
} as const

/** In every answer of both services themselves, so that nobody takes their 401, 404 or 429 for a target's. */
export const ownAnswerHeaders: Readonly<Record<string, string>> = { [headerNames.answeredBy]: 'gateway' }
