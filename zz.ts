import { drawPicture } from './infra/picture.ts'; import { synthAll } from './infra/synth.ts'; import { readInfraSettings } from './infra/settings.ts';
console.log(drawPicture(synthAll(readInfraSettings('demo'))));
