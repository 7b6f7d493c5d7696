/** All datasets, in the order of their names. To add a dataset, add its file and a line here. */
import type { Dataset } from '../../datasets/dataset.ts';
import geo from './geo.ts';
import pin from './pin.ts';
import user from './user.ts';

export const datasets: readonly Dataset[] = [geo, pin, user];
