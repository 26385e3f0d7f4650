export { type ConsoleConfiguration, consoleSettings } from './configuration/settings.ts'
