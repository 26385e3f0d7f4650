import { faultOf } from '../../ui/faults.ts'

/** What the gateway says against the fields of a mapping. */
export function mappingFaults(error: Error | null) {
  return {
    name: faultOf(error, 'name', 'MAPPING_NAME_TAKEN'),
    serviceId: faultOf(error, 'serviceId', 'UNKNOWN_SERVICE'),
    url: faultOf(error, 'url', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS', 'MAPPING_ALREADY_EXISTS'),
    certificationId: faultOf(error, 'certificationId', 'MAPPING_CERTIFICATE_UNKNOWN'),
    answerTimeoutSeconds: faultOf(error, 'answerTimeoutSeconds') && 'Type a whole number from 1 to 600, or nothing.',
    caCertificates: faultOf(error, 'caCertificates', 'TARGET_TRUST_EMPTY', 'TARGET_TRUST_UNUSABLE'),
    trust: faultOf(error, 'trust', 'MAPPING_TRUST_UNKNOWN'),
    spkiPins: faultOf(error, 'spkiPins'),
    serverName: faultOf(error, 'serverName'),
    tlsMin: faultOf(error, 'minVersion'),
    tlsMax: faultOf(error, 'maxVersion'),
    tlsCiphers: faultOf(error, 'ciphers'),
    tlsGroups: faultOf(error, 'groups'),
  }
}
