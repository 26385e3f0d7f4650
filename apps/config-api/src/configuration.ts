import {
  type Configuration,
  commonRules,
  commonSettings,
  type Environment,
  parseConfiguration,
  targetSettings,
} from '@mtls-gateway/service-kit'

/** Every variable that config-api reads. */
export const configApiSettings = {
  ...commonSettings('CONFIG_API', { service: 8_080, management: 9_080 }),
  ...targetSettings(),
}

export type ConfigApiConfiguration = Configuration<typeof configApiSettings>

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readConfiguration(environment: Environment): ConfigApiConfiguration {
  return parseConfiguration(configApiSettings, environment, commonRules(configApiSettings))
}
