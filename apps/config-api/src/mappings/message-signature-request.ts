import { limits, type MessageSignatureRequest } from '@mtls-gateway/contract'
import { CodedError, checkMessageSignature, type MessageSignature, parseCertificateId } from '@mtls-gateway/domain'

/** @throws CodedError `MESSAGE_SIGNATURE_INVALID` */
export function readMessageSignature({ certificationId, ...fields }: MessageSignatureRequest): MessageSignature {
  const { headers = [], components = [], optionalHeaders = [] } = fields
  if (headers.length + components.length + optionalHeaders.length > limits.signedHeaders) {
    throw refusal('optionalHeaders', `A signature has at most ${limits.signedHeaders} names, optional ones included.`)
  }
  const certificateId = certificationId === undefined ? undefined : certificateOf(certificationId)
  return checkMessageSignature({ ...fields, certificateId })
}

function certificateOf(id: string | number) {
  const read = parseCertificateId(id)
  if (read !== undefined) return read
  throw refusal('certificationId', `"${id}" is not the id of a certificate.`)
}

function refusal(field: string, message: string): CodedError {
  return new CodedError('MESSAGE_SIGNATURE_INVALID', message, { details: { field: `messageSignature.${field}` } })
}
