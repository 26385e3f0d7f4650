import type { CommonConfiguration, CommonSettings } from './common-settings.ts'
import { isLoopback } from './fields.ts'
import type { ConfigurationFault, ConfigurationRule } from './parse-configuration.ts'

type Rule = ConfigurationRule<CommonConfiguration>

/** Rules about combinations of `commonSettings` (docs/configuration.md). */
export function commonRules(settings: CommonSettings): readonly Rule[] {
  return [
    together(settings, ['tlsCertFile', 'tlsKeyFile']),
    together(settings, ['tokenIssuer', 'tokenAudience', 'tokenJwksUrl']),
    // It has no effect on the embedded issuer's tokens and on opaque ones, but would look as if it had.
    needs(settings, 'tokenType', 'tokenJwksUrl'),
    ...callerCertificates(settings),
    together(settings, ['introspectionUrl', 'introspectionClientId', 'introspectionClientSecret']),
    tlsBeyondLoopback(settings),
    baseUrlsBeyondLoopback(settings),
    onVault(settings),
    needs(settings, 'redisUsername', 'redisPasswordFile'),
    needs(settings, 'redisSentinelUsername', 'redisSentinelPasswordFile'),
    oneRedisLogin(settings),
  ]
}

function fault({ variable, example }: CommonSettings[keyof CommonSettings], problem: string): ConfigurationFault {
  return { variable, problem, example }
}

/** What has no effect without the other. */
function needs(settings: CommonSettings, name: keyof CommonSettings, other: keyof CommonSettings): Rule {
  return (values) =>
    values[name] === undefined || !isAbsent(values, other)
      ? []
      : [fault(settings[other], `is required together with ${settings[name].variable}`)]
}

function together(settings: CommonSettings, names: readonly (keyof CommonSettings)[]): Rule {
  return (values) => {
    const absent = names.filter((name) => isAbsent(values, name))
    if (absent.length === names.length) return []
    return absent.map((name) => {
      const others = names.filter((other) => other !== name).map((other) => settings[other].variable)
      return fault(settings[name], `is required together with ${others.join(' and ')}`)
    })
  }
}

/** TLS of its own asks callers for certificates, or trusted proxies pass them on; rules say what they may. */
function callerCertificates(settings: CommonSettings): readonly Rule[] {
  const { callerCaFile, callerCertificateFromProxy, callerCertificateRulesFile, trustedProxies } = settings
  return [
    needs(settings, 'callerCaFile', 'tlsCertFile'),
    needs(settings, 'callerCaFile', 'callerCertificateRulesFile'),
    (values) => {
      if (values.callerCertificateFromProxy !== true) return []
      const because = `is required together with ${callerCertificateFromProxy.variable}=true`
      const hasProxy = values.trustedProxies?.length !== 0 || !isAbsent(values, 'trustedProxySecretFile')
      return [
        ...(isAbsent(values, 'callerCertificateRulesFile') ? [fault(callerCertificateRulesFile, because)] : []),
        ...(hasProxy ? [] : [fault(trustedProxies, `or ${settings.trustedProxySecretFile.variable} ${because}`)]),
      ]
    },
    (values) => {
      const isUsed = !isAbsent(values, 'callerCaFile') || values.callerCertificateFromProxy !== false
      if (values.callerCertificateRulesFile === undefined || isUsed) return []
      const other = `${callerCertificateFromProxy.variable}=true`
      return [fault(callerCaFile, `or ${other} is required together with ${callerCertificateRulesFile.variable}`)]
    },
  ]
}

/** Not given, rather than invalid. */
function isAbsent(values: Partial<CommonConfiguration>, name: keyof CommonSettings): boolean {
  return name in values && values[name] === undefined
}

/** Credentials and keys arrive here, so never in the clear from other hosts, unless a proxy is declared to end TLS. */
function tlsBeyondLoopback({ host, tlsCertFile, tlsKeyFile, behindTlsProxy }: CommonSettings): Rule {
  return (values) => {
    const isCleartext = isAbsent(values, 'tlsCertFile') && values.behindTlsProxy === false
    if (values.host === undefined || isLoopback(values.host) || !isCleartext) return []
    const tls = `set ${tlsCertFile.variable} and ${tlsKeyFile.variable}`
    const problem = `is beyond loopback without TLS: ${tls}, or ${behindTlsProxy.variable}=true if a proxy ends TLS`
    return [{ ...fault(host, problem), example: '127.0.0.1' }]
  }
}

/** Callers on other hosts choose the Host header, so a signature made for another service would be valid here. */
function baseUrlsBeyondLoopback({ host, publicBaseUrls }: CommonSettings): Rule {
  return (values) => {
    if (values.host === undefined || isLoopback(values.host) || values.publicBaseUrls?.length !== 0) return []
    const problem = `is required when ${host.variable} is beyond loopback: list every url by which callers reach the service, since signatures cover it`
    return [fault(publicBaseUrls, problem)]
  }
}

type TokenSettings = Pick<CommonConfiguration, 'tokenJwksUrl' | 'tokenIssuersFile' | 'introspectionUrl'>

/** Whether tokens are those of the embedded issuer, as no other one is configured. */
export function hasOwnTokenIssuer(values: Partial<TokenSettings>): boolean {
  const { tokenJwksUrl, tokenIssuersFile, introspectionUrl } = values
  return tokenJwksUrl === undefined && tokenIssuersFile === undefined && introspectionUrl === undefined
}

/** What `SECRET_STORE=vault` needs beside. */
function onVault(settings: CommonSettings): Rule {
  return (values) => {
    if (values.secretStore !== 'vault') return []
    const faults: ConfigurationFault[] = []
    if (isAbsent(values, 'vaultAddr')) faults.push(fault(settings.vaultAddr, 'is required with SECRET_STORE=vault'))
    // Exactly one way to log in.
    const ways = [values.vaultRoleId, values.vaultKubernetesRole, values.vaultToken].filter((way) => way !== undefined)
    if (ways.length !== 1) {
      const others = `or ${settings.vaultKubernetesRole.variable}, or ${settings.vaultToken.variable} instead`
      const problem = `(${others}) is required with SECRET_STORE=vault, exactly one of the three`
      faults.push(fault(settings.vaultRoleId, problem))
    } else if (values.vaultRoleId !== undefined && values.vaultSecretIdFile === undefined) {
      const problem = `is required together with ${settings.vaultRoleId.variable}`
      faults.push(fault(settings.vaultSecretIdFile, problem))
    }
    // Instances that share a Vault but no Redis would each accept a replayed call, and miss each other's changes.
    if (values.redisUrls?.reveal().length === 0 && values.singleInstance === false) {
      const problem = `is required with SECRET_STORE=vault, or ${settings.singleInstance.variable}=true`
      faults.push(fault(settings.redisUrls, problem))
    }
    // The key of the embedded issuer is a file: on Vault instances run on several hosts.
    if (hasOwnTokenIssuer(values)) {
      const problem = `(with its audience and keys), ${settings.tokenIssuersFile.variable} or ${settings.introspectionUrl.variable} is required with SECRET_STORE=vault`
      faults.push(fault(settings.tokenIssuer, problem))
    }
    return faults
  }
}

/** Otherwise one of two passwords would have no effect, and nobody would see which. */
function oneRedisLogin({ redisUrls, redisUsername, redisPasswordFile }: CommonSettings): Rule {
  return (values) => {
    if (values.redisPasswordFile === undefined) return []
    const urls = values.redisUrls?.reveal().map((url) => new URL(url)) ?? []
    const hasPassword = urls.some(({ password }) => password !== '')
    const hasUser = values.redisUsername !== undefined && urls.some(({ username }) => username !== '')
    if (!hasPassword && !hasUser) return []
    const [what, other] = hasPassword ? ['password', redisPasswordFile.variable] : ['user', redisUsername.variable]
    return [fault(redisUrls, `must have no ${what} beside ${other}`)]
  }
}
