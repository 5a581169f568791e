#ifndef MASTERGATE_CYAML_SHIM_H
#define MASTERGATE_CYAML_SHIM_H
#include <yaml.h>
#endif
