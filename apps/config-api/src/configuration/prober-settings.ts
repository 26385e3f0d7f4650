import { type Configuration, type ConfigurationRule, field } from '@mtls-gateway/service-kit'
import { z } from 'zod'
import { sharedSecretFile } from './shared-secret.ts'

const url = field('PROBER_URL', z.string().refine(isProberUrl, 'must be an https url without a path'), {
  example: 'https://prober:8443',
  meaning:
    'Url of the prober, which probes targets with certificates from Vault. Without it, activate and probe are answered with 501.',
})

/** How config-api reaches the prober, which alone may read keys on Vault for it. */
export const proberClientSettings = { proberUrl: url, proberSecretFile: sharedSecretFile }

type Values = Configuration<typeof proberClientSettings> & { readonly secretStore: 'embedded' | 'vault' }

/** Only on Vault, and only with the secret: on the embedded store config-api starts its own processes. */
export const proberClientRule: ConfigurationRule<Values> = (values) => {
  if (values.proberUrl === undefined) return []
  if (values.secretStore === 'embedded') {
    return [{ variable: url.variable, problem: 'is for SECRET_STORE=vault alone', example: url.example }]
  }
  if (!('proberSecretFile' in values) || values.proberSecretFile !== undefined) return []
  const { variable, example } = sharedSecretFile
  return [{ variable, problem: `is required together with ${url.variable}`, example }]
}

function isProberUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.protocol === 'https:' && text.replace(/\/$/, '') === url.origin
}
