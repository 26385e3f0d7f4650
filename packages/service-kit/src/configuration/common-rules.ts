import { backendRules } from './backend-rules.ts'
import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import { isLoopback } from './network-text.ts'
import type { ConfigurationFault, ConfigurationRule } from './parse-configuration.ts'

type Rule = ConfigurationRule<CommonConfiguration>

/** Rules about combinations of `commonSettings`. */
export function commonRules(settings: CommonSettings): readonly Rule[] {
  return [
    together(settings, ['tlsCertFile', 'tlsKeyFile']),
    together(settings, ['tokenIssuer', 'tokenAudience', 'tokenJwksUrl']),
    typeOfJwts(settings),
    together(settings, ['introspectionUrl', 'introspectionClientId', 'introspectionClientSecret']),
    tlsBeyondLoopback(settings),
    baseUrlsBeyondLoopback(settings),
    blockedLimitBounds(settings),
    ...backendRules(settings),
  ]
}

function together(settings: CommonSettings, names: readonly (keyof CommonSettings)[]): Rule {
  return (values) => {
    const absent = names.filter((name) => name in values && values[name] === undefined)
    if (absent.length === 0 || absent.length === names.length) return []
    return absent.map((name): ConfigurationFault => {
      const { variable, example } = settings[name]
      const others = names.filter((other) => other !== name).map((other) => settings[other].variable)
      return { variable, problem: `is required together with ${others.join(' and ')}`, example }
    })
  }
}

/** Credentials and keys arrive here, so never in the clear from other hosts, unless a proxy is declared to end TLS. */
function tlsBeyondLoopback({ host, tlsCertFile, tlsKeyFile, behindTlsProxy }: CommonSettings): Rule {
  return (values) => {
    const cleartext = 'tlsCertFile' in values && values.tlsCertFile === undefined
    if (values.host === undefined || isLoopback(values.host) || !cleartext || values.behindTlsProxy !== false) return []
    const tls = `set ${tlsCertFile.variable} and ${tlsKeyFile.variable}`
    const problem = `is beyond loopback without TLS: ${tls}, or ${behindTlsProxy.variable}=true if a proxy ends TLS`
    return [{ variable: host.variable, problem, example: '127.0.0.1' }]
  }
}

/** Callers on other hosts choose the Host header, so a signature made for another service would be valid here. */
function baseUrlsBeyondLoopback({ host, publicBaseUrls }: CommonSettings): Rule {
  return (values) => {
    if (values.host === undefined || isLoopback(values.host) || values.publicBaseUrls?.length !== 0) return []
    const { variable, example } = publicBaseUrls
    const problem = `is required when ${host.variable} is beyond loopback: list every url by which callers reach the service, since signatures cover it`
    return [{ variable, problem, example }]
  }
}

/** It has no effect on the embedded issuer's tokens and on opaque ones, but would look as if it had. */
function typeOfJwts({ tokenType, tokenJwksUrl }: CommonSettings): Rule {
  return (values) => {
    const isWithoutKeys = 'tokenJwksUrl' in values && values.tokenJwksUrl === undefined
    if (values.tokenType === undefined || !isWithoutKeys) return []
    const { variable, example } = tokenJwksUrl
    return [{ variable, problem: `is required together with ${tokenType.variable}`, example }]
  }
}

/** With a shorter limit a large collection of the heap would end the process; a longer one is a mistake. */
function blockedLimitBounds({ blockedLimitMs: { variable, example } }: CommonSettings): Rule {
  return ({ blockedLimitMs: limit }) => {
    if (limit === undefined || limit === 0 || (limit >= 1_000 && limit <= 3_600_000)) return []
    return [{ variable, problem: 'must be 0, or from 1s to 1h', example }]
  }
}
