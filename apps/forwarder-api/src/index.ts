export { type ForwarderConfiguration, forwarderSettings } from './configuration/configuration.ts'
