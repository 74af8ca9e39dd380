/** The adapter for InversifyJS, case by case. */
import { describeContainerAdapter } from 'carillon/compliance';
import { inversifyAdapter } from '../support/inversify-adapter.js';

describeContainerAdapter('InversifyJS', inversifyAdapter);
