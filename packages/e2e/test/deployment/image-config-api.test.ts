import { describeImage } from '../support/image-behaviour.ts'

describeImage('config-api')
