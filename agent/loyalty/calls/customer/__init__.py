"""Who a customer is: identifiers as typed, whose they are, and the form of an enrolment."""
