# Runs each claim under memcheck, which must find nothing, and the leaky control, in which it must find something.
set(memcheck "${VALGRIND}" --quiet --error-exitcode=99 --leak-check=no
  "--suppressions=${CMAKE_CURRENT_LIST_DIR}/openssl.supp")
execute_process(COMMAND ${memcheck} "${CHECK}" claims RESULT_VARIABLE claims)
if(NOT claims EQUAL 0)
  message(FATAL_ERROR "a function claimed to take constant time branches on a secret or fails: ${claims}")
endif()
execute_process(COMMAND ${memcheck} "${CHECK}" leaky-control RESULT_VARIABLE leaky ERROR_QUIET)
if(NOT leaky EQUAL 99)
  message(FATAL_ERROR "valgrind did not report the leaky control (${leaky}): the check cannot see leaks")
endif()
message(STATUS "constant time: all claims hold, the leaky control was reported")
