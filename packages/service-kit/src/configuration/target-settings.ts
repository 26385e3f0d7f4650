import { readFileSync } from 'node:fs'
import { checkTrustedCas, readPemCertificates, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { z } from 'zod'
import { type Configuration, cidrList, field, fileFor, secretFilePath } from './fields.ts'

/** The settings of a service that calls tenants' urls. */
export function targetSettings() {
  return {
    targetAllowCidrs: cidrList('TARGET_ALLOW_CIDRS', {
      default: '',
      meaning: 'Private address ranges that targets may use.',
    }),
    targetPorts: field('TARGET_PORTS', portList, {
      default: '443,8443',
      example: '443,8443',
      meaning: 'Ports that targets may use, separated by commas, or any.',
    }),
    targetExtraCa: field('TARGET_EXTRA_CA_FILE', certificateFile, {
      default: '',
      example: '/etc/mtls-gateway/target-ca.pem',
      meaning: "PEM file with CAs to trust for targets' certificates, in addition to the system's.",
    }),
    egressProxiesFile: secretFilePath('EGRESS_PROXIES_FILE', {
      example: '/run/secrets/egress-proxies.json',
      meaning:
        'JSON file with the HTTP proxies through which connections of accounts go (docs/production.md). Without it, they go out directly.',
    }),
  }
}

/** Which targets are allowed and which CAs vouch for them, in the form that `outbound` takes. */
export function targetConnections({
  targetAllowCidrs,
  targetPorts,
  targetExtraCa,
}: Configuration<ReturnType<typeof targetSettings>>) {
  return { guard: { allowCidrs: targetAllowCidrs, ports: targetPorts }, extraCa: targetExtraCa }
}

const portList = z
  .string()
  .refine((text) => text === 'any' || text.split(',').every(isPort), 'must be ports separated by commas, or any')
  .transform((text): readonly number[] | 'any' => (text === 'any' ? text : text.split(',').map(Number)))

function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text.trim()) && Number(text) <= 65_535
}

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

const certificateFile = fileFor(certificatesIn, 'must name a readable file with certificates in PEM')
  .transform(certificatesIn)
  .superRefine((certificates, context) => {
    for (const [index, pem] of certificates.entries()) {
      try {
        // A handshake with one that must not be trusted could end the process.
        checkTrustedCas(readPemCertificates(pem))
      } catch (error) {
        if (!(error instanceof UnfitCertificate)) throw error
        context.addIssue(`names a file whose certificate ${index + 1} ${error.message}`)
      }
    }
  })

/** One PEM each. @throws Error: there is none, or no such file */
function certificatesIn(path: string): readonly string[] {
  if (path === '') return []
  const certificates = readFileSync(path, 'utf8').match(certificate)
  if (certificates !== null) return certificates
  throw new Error(`${path} holds no certificates`)
}
