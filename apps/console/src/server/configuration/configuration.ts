import { commonRules, type Environment, parseConfiguration } from '@mtls-gateway/service-kit'
import { consoleRules } from './rules.ts'
import { type ConsoleConfiguration, common, consoleSettings } from './settings.ts'

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readConfiguration(environment: Environment): ConsoleConfiguration {
  return parseConfiguration(consoleSettings, environment, [...commonRules(common), ...consoleRules])
}
