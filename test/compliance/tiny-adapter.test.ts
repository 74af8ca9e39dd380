/** A container that is none of those that Carillon has an adapter for, case by case: the suite knows no container. */
import { describeContainerAdapter } from 'carillon/compliance';
import { TINY, tinyAdapter } from '../support/tiny-container.js';

describeContainerAdapter('of a few lines', tinyAdapter, TINY);
