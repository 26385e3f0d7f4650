export { type ForwarderConfiguration, forwarderSettings } from './configuration.ts'
