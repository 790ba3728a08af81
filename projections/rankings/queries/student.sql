-- One student.
SELECT student_id, email, registered_at, version
FROM rankings.students
WHERE student_id = %(student_id)s
